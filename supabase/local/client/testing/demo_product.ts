/** The product with demo data on a database of its own. */
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  startProductProcess,
} from "../../testing/product_process.ts";
import { freshDemoDatabase } from "../../testing/test_database.ts";

export interface DemoProduct extends ProductProcess {
  /** A superuser's. */
  readonly databaseUrl: string;
}

export async function startDemoProduct(): Promise<DemoProduct> {
  const port = freePort();
  const database = await freshDemoDatabase(`http://localhost:${port}`);
  try {
    const product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
    return {
      ...product,
      databaseUrl: database.url,
      async [Symbol.asyncDispose]() {
        await product.stop();
        await database[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
