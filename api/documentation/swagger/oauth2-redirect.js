"use strict";
// Hands what the authorization server answered to the page that asked, and closes this window.
const asked = window.opener.swaggerUIRedirectOauth2;
const answer = Object.fromEntries(new URLSearchParams(location.search));
const problem = (message) =>
  asked.errCb({ authId: asked.auth.name, source: "auth", level: "error", message });

if (answer.state !== asked.state) {
  problem("The answer is to a question that was not asked here: try again.");
} else if (answer.code) {
  delete asked.state;
  asked.auth.code = answer.code;
  asked.callback({ auth: asked.auth, redirectUrl: asked.redirectUrl });
} else {
  problem([answer.error, answer.error_description].filter(Boolean).join(": "));
}
window.close();
