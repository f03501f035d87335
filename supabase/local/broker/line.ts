/**
 * LINE Login, as Supabase Auth is told to do it under the name `custom:line`: plain OAuth 2.0 (RFC 6749), the person is
 * who userinfo names. LINE gives no e-mail address there, and signs the id_token of a web login with the channel secret
 * (HS256) though its metadata names ES256; so that token names nobody here. It is only what binds the answer to this
 * trip: its nonce, and that it is about the same person.
 */
import { jwtVerify } from "jose";
import * as oidc from "openid-client";
import { utf8 } from "../../functions/_shared/encoding.ts";
import { type Provider, PROVIDER_TIMEOUT_SECONDS, type ProviderCredentials, textClaim } from "./provider.ts";

export interface LineEndpoints {
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly userinfo: string;
}

export const LINE_ENDPOINTS: LineEndpoints = {
  issuer: "https://access.line.me",
  authorization: "https://access.line.me/oauth2/v2.1/authorize",
  token: "https://api.line.me/oauth2/v2.1/token",
  userinfo: "https://api.line.me/oauth2/v2.1/userinfo",
};

/** Sign-in with LINE. */
export function createLine(credentials: ProviderCredentials, endpoints: LineEndpoints): Provider {
  const configuration = new oidc.Configuration(
    {
      issuer: endpoints.issuer,
      authorization_endpoint: endpoints.authorization,
      token_endpoint: endpoints.token,
      userinfo_endpoint: endpoints.userinfo,
    },
    credentials.clientId,
    { id_token_signed_response_alg: "HS256" },
    // LINE reads the secret from the body and knows no Basic.
    oidc.ClientSecretPost(credentials.clientSecret),
  );
  configuration.timeout = PROVIDER_TIMEOUT_SECONDS;
  if (endpoints.issuer.startsWith("http://")) oidc.allowInsecureRequests(configuration);

  return {
    name: "custom:line",
    emailOptional: true,
    async authorizationUrl(trip, callbackUrl) {
      return oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: callbackUrl,
        scope: "openid profile",
        state: trip.state,
        nonce: trip.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(trip.verifier),
        code_challenge_method: "S256",
      });
    },
    async profile(callback, trip) {
      const tokens = await oidc.authorizationCodeGrant(configuration, callback, {
        expectedState: trip.state,
        expectedNonce: trip.nonce,
        pkceCodeVerifier: trip.verifier,
        idTokenExpected: true,
      });
      const { payload } = await jwtVerify(tokens.id_token ?? "", utf8(credentials.clientSecret), {
        // One algorithm: a token that names another is not looked at, whatever key would fit it.
        algorithms: ["HS256"],
        issuer: endpoints.issuer,
        audience: credentials.clientId,
      });
      const person = await oidc.fetchUserInfo(configuration, tokens.access_token, payload.sub ?? "");
      return {
        issuer: endpoints.issuer,
        subject: person.sub,
        email: null,
        name: textClaim(person.name),
        picture: textClaim(person.picture),
      };
    },
  };
}
