/**
 * Google as an OpenID provider (OpenID Connect Core §3.1): the id_token says who came, its signature is checked with
 * Google's keys, and only RS256 is one.
 */
import * as oidc from "openid-client";
import {
  type Profile,
  type Provider,
  PROVIDER_TIMEOUT_SECONDS,
  type ProviderCredentials,
  textClaim,
} from "./provider.ts";

export const GOOGLE_ISSUER = "https://accounts.google.com";

/** Sign-in with Google. Its metadata is fetched when the first person asks for it, and again after a failure. */
export function createGoogle(credentials: ProviderCredentials, issuer: string): Provider {
  let known: Promise<oidc.Configuration> | undefined;

  function configuration(): Promise<oidc.Configuration> {
    known ??= discover(credentials, issuer).catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  }

  return {
    name: "google",
    emailOptional: false,
    async authorizationUrl(trip, callbackUrl) {
      return oidc.buildAuthorizationUrl(await configuration(), {
        redirect_uri: callbackUrl,
        scope: "openid email profile",
        state: trip.state,
        nonce: trip.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(trip.verifier),
        code_challenge_method: "S256",
        // A computer that is shared: never the account that happens to be signed in at Google.
        prompt: "select_account",
      });
    },
    async profile(callback, trip) {
      const tokens = await oidc.authorizationCodeGrant(await configuration(), callback, {
        expectedState: trip.state,
        expectedNonce: trip.nonce,
        pkceCodeVerifier: trip.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("no id_token");
      return profileOf(claims);
    },
  };
}

async function discover(credentials: ProviderCredentials, issuer: string): Promise<oidc.Configuration> {
  const insecure = issuer.startsWith("http://") ? [oidc.allowInsecureRequests] : [];
  return await oidc.discovery(
    new URL(issuer),
    credentials.clientId,
    { id_token_signed_response_alg: "RS256" },
    oidc.ClientSecretPost(credentials.clientSecret),
    {
      // The signature too, not only the TLS connection that the token came over.
      execute: [oidc.enableNonRepudiationChecks, ...insecure],
      timeout: PROVIDER_TIMEOUT_SECONDS,
    },
  );
}

function profileOf(claims: oidc.IDToken): Profile {
  const verified = claims["email_verified"] === true;
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: verified ? textClaim(claims["email"])?.toLowerCase() ?? null : null,
    name: textClaim(claims["name"]),
    picture: textClaim(claims["picture"]),
  };
}
