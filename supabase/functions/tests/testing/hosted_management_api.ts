/** As much of the Supabase management API as `functions deploy --use-api` and `secrets set` ask, keeping what they send. */

export interface Upload {
  readonly metadata: {
    readonly entrypoint_path: string;
    readonly import_map_path: string;
    readonly verify_jwt: boolean;
  };
  /** Text by path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface ManagementApi extends AsyncDisposable {
  readonly url: string;
  /** By the function's name. */
  readonly uploads: ReadonlyMap<string, Upload>;
  /** By name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Serves it. */
export function serveManagementApi(): ManagementApi {
  const uploads = new Map<string, Upload>();
  const secrets = new Map<string, string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "POST" && pathname.endsWith("/secrets")) {
      for (const { name, value } of await request.json()) secrets.set(name, value);
      return new Response(null, { status: 201 });
    }
    const slug = searchParams.get("slug");
    if (request.method !== "POST" || !pathname.endsWith("/functions/deploy") || slug === null) {
      await request.body?.cancel();
      return Response.json(pathname.endsWith("/functions") ? [] : {});
    }
    uploads.set(slug, await readUpload(await request.formData()));
    const deployed = {
      id: slug,
      slug,
      name: slug,
      version: 1,
      status: "ACTIVE",
      created_at: 1,
      updated_at: 1,
    };
    return Response.json(deployed, { status: 201 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    uploads,
    secrets,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function readUpload(form: FormData): Promise<Upload> {
  const files = new Map<string, string>();
  for (const file of form.getAll("file")) {
    if (file instanceof File) files.set(file.name, await file.text());
  }
  const metadata = form.get("metadata");
  return {
    metadata: JSON.parse(metadata instanceof File ? await metadata.text() : metadata ?? "null"),
    files,
  };
}
