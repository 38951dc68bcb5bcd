"use strict";
// Swagger UI on this installation's own document, with its built-in OAuth client.
const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  oauth2RedirectUrl: `${location.origin}/docs/oauth2-redirect.html`,
});
ui.initOAuth({ clientId: "swagger", usePkceWithAuthorizationCodeGrant: true });
