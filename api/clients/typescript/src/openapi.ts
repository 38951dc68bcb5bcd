// Made out of the API's OpenAPI document: change the API, and run `make typescript-client`.

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Keys
         * @description Return the public keys that verify the platform's tokens. The first one is the one that signs.
         */
        get: operations["read_keys__well_known_jwks_json_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/oauth-authorization-server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Metadata
         * @description Return the metadata of this authorization server (RFC 8414).
         */
        get: operations["read_metadata__well_known_oauth_authorization_server_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is Alive
         * @description Return 200 while the process responds. No other system is checked.
         */
        get: operations["is_alive_healthz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke
         * @description Revoke an access or refresh token (RFC 7009). The session to which it belongs ends.
         */
        post: operations["revoke_oauth_revoke_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give Token
         * @description Exchange an authorization code, a refresh token or a client's own credentials for tokens (RFC 6749).
         *
         *     A code can be used once, within a minute, with the verifier of its `S256` challenge. If it is used again, the tokens
         *     that it gave are revoked. Refreshes and tokens for the client itself count towards the client's rate limit. If that
         *     is exceeded, the refresh token is not used up.
         */
        post: operations["give_token_oauth_token_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is Ready
         * @description Return 200 if Kafka, Cassandra and Elasticsearch respond, otherwise 503. `checks` shows which of them do.
         */
        get: operations["is_ready_readyz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Accounts
         * @description List accounts, in no particular order.
         *
         *     A page may be short or empty although more follow: continue until there is no `next_cursor`.
         */
        get: operations["list_accounts_v1_accounts_get"];
        put?: never;
        /**
         * Create Account
         * @description Create an account with an initial password. Its owner should change the password.
         */
        post: operations["create_account_v1_accounts_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{account_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Account
         * @description Return one account.
         */
        get: operations["read_account_v1_accounts__account_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Account
         * @description Change an account's name, role or workspaces, or close or reopen it. The change takes effect at once.
         */
        patch: operations["change_account_v1_accounts__account_id__patch"];
        trace?: never;
    };
    "/v1/accounts/{account_id}/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Account Keys
         * @description List an account's API keys. `DELETE /v1/api-keys/{prefix}` revokes one.
         */
        get: operations["list_account_keys_v1_accounts__account_id__api_keys_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{account_id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End Sessions
         * @description End all sessions of an account.
         */
        delete: operations["end_sessions_v1_accounts__account_id__sessions_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Invitations
         * @description List open invitations, in no particular order.
         *
         *     The list includes those that are invalid because their maker may no longer invite.
         */
        get: operations["list_invitations_v1_accounts_invitations_get"];
        put?: never;
        /**
         * Invite
         * @description Invite somebody by e-mail to create their own account. Not available if registration is closed.
         *
         *     An invitation can be used once, within a week. It becomes invalid if it is withdrawn, or if you or the key or client
         *     that you used may no longer invite. An application that acts as itself cannot invite; it creates accounts instead.
         */
        post: operations["invite_v1_accounts_invitations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/invitations/{invitation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw Invitation
         * @description Withdraw an invitation, whoever made it. Its e-mail stops working at once.
         */
        delete: operations["withdraw_invitation_v1_accounts_invitations__invitation_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Activity
         * @description List what happened, newest first: requests, errors, slow requests and alerts. Events appear after about a second.
         *
         *     For analysts and administrators. Log-ins and administrative acts are included if you also have `audit:read`. A key
         *     that is limited to some workspaces sees only events about these.
         */
        get: operations["list_activity_v1_activity_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Keys
         * @description List your API keys, newest first, including those that are no longer valid.
         */
        get: operations["list_keys_v1_api_keys_get"];
        put?: never;
        /**
         * Make Key
         * @description Create an API key for a program, limited to the given scopes and workspaces.
         *
         *     A key never has more rights than you have.
         *
         *     You must be logged in to create, list or revoke keys. No key can create keys.
         */
        post: operations["make_key_v1_api_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{prefix}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Key
         * @description Return the key with this prefix.
         *
         *     Administrators find everybody's keys, for example to learn whose key was leaked.
         */
        get: operations["read_key_v1_api_keys__prefix__get"];
        put?: never;
        post?: never;
        /**
         * Revoke Key
         * @description Revoke a key. This cannot be undone. Within two seconds the key is not accepted any more.
         */
        delete: operations["revoke_key_v1_api_keys__prefix__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Audit
         * @description List the audit trail, newest first, with the present end of each chain. For administrators.
         *
         *     Times are the broker's. A page may be short or empty although more follow: continue until there is no `next_cursor`.
         *     To check that the trail is intact, run `vedette audit verify`, which has its key.
         */
        get: operations["list_audit_v1_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log Out
         * @description End this session and revoke all its tokens.
         */
        post: operations["log_out_v1_auth_logout_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forgot
         * @description Request an e-mail with which you can choose a new password. The response is the same for every address.
         */
        post: operations["forgot_v1_auth_password_forgot_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reset
         * @description Set a new password with the token from the e-mail.
         *
         *     The token can be used once. All sessions of the account end.
         */
        post: operations["reset_v1_auth_password_reset_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh
         * @description Exchange a refresh token for a new access token and a new refresh token.
         *
         *     A refresh token can be used once. If one is used again, somebody else may have it: the whole session ends, and you
         *     must log in again. The request counts towards the account's rate limit. If that is exceeded, the token is not used
         *     up.
         */
        post: operations["refresh_v1_auth_refresh_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register
         * @description Register for an account, if this installation allows everybody to register.
         *
         *     A token is sent to the e-mail address.
         *
         *     The response is the same if the address already has an account; its owner is then notified by e-mail.
         */
        post: operations["register_v1_auth_register_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/register/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm
         * @description Create the account for a token from a registration or invitation e-mail, with the given password.
         */
        post: operations["confirm_v1_auth_register_confirm_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log In
         * @description Exchange an e-mail address and a password for a short-lived access token and a refresh token.
         *
         *     An unknown address, a wrong password and a closed account get the same response, after the same time.
         */
        post: operations["log_in_v1_auth_token_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Clients
         * @description List OAuth clients, newest first, including revoked ones.
         */
        get: operations["list_clients_v1_clients_get"];
        put?: never;
        /**
         * Create Client
         * @description Create an OAuth client: an application that acts for people who consent, or as itself.
         */
        post: operations["create_client_v1_clients_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{client_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Client
         * @description Return one client.
         */
        get: operations["read_client_v1_clients__client_id__get"];
        put?: never;
        post?: never;
        /**
         * Revoke Client
         * @description Revoke a client.
         *
         *     This cannot be undone. Within two seconds neither the client nor any of its tokens is accepted.
         */
        delete: operations["revoke_client_v1_clients__client_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change Client
         * @description Change a client's name, redirect URIs, scopes or workspaces.
         *
         *     Its existing tokens lose at once the rights that you take away.
         */
        patch: operations["change_client_v1_clients__client_id__patch"];
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Dead Letters
         * @description List dead letters, newest first, including those that name no image. For administrators.
         *
         *     A page may be short or empty although more follow: continue until there is no `next_cursor`.
         */
        get: operations["list_dead_letters_v1_dead_letters_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{letter_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Dead Letter
         * @description Show one dead letter with its message.
         */
        get: operations["show_dead_letter_v1_dead_letters__letter_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{letter_id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard Dead Letter
         * @description Discard the dead letter. Its image then has the status `discarded`.
         */
        post: operations["discard_dead_letter_v1_dead_letters__letter_id__discard_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{letter_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay Dead Letter
         * @description Publish the unchanged message again.
         *
         *     The dead letter is marked as replayed, and the message gets a new outcome.
         */
        post: operations["replay_dead_letter_v1_dead_letters__letter_id__replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard Dead Letters
         * @description Discard all dead letters that match, up to 100 per request. Continue with `next_cursor`.
         */
        post: operations["discard_dead_letters_v1_dead_letters_discard_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay Dead Letters
         * @description Publish again the messages of all dead letters that match, up to 100 per request. Continue with `next_cursor`.
         *
         *     Set `until`, so that messages that fail again are not replayed again.
         */
        post: operations["replay_dead_letters_v1_dead_letters_replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Erasures
         * @description List all erasures, newest first.
         */
        get: operations["list_erasures_v1_erasures_get"];
        put?: never;
        /**
         * Begin Erasure
         * @description Delete every image that the search finds, for good.
         *
         *     `confirm` must be the number of images that it finds now; otherwise the response is 409, and nothing is deleted.
         *     The erasure then runs on its own. Images that come while it runs are deleted too, if they match.
         */
        post: operations["begin_erasure_v1_erasures_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasure_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Erasure
         * @description Return how far an erasure has come.
         */
        get: operations["read_erasure_v1_erasures__erasure_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasure_id}/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Signed List
         * @description Return the signed list of what an erasure has deleted, and from where. `vedette erasure verify` verifies it.
         *
         *     The response is 409 until the erasure is done.
         */
        get: operations["read_signed_list_v1_erasures__erasure_id__list_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count Images
         * @description Count the images that an erasure would delete. Nothing is deleted.
         */
        post: operations["count_images_v1_erasures_count_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Results
         * @description Stream everything that a search finds, newest first, as it was when the export began.
         *
         *     The filters are those of `GET /v1/results`, and `q` searches for words as `GET /v1/search` does.
         *
         *     A whole export has an end: in JSON Lines a last line with `end` and the number of `items`; in CSV a last row with
         *     `#end` in the first column and the number of rows in the second; in COCO's format, the end of the JSON document. An
         *     export without its end was cut off: ask again. With the header `Accept-Encoding: gzip`, the export is compressed.
         */
        get: operations["export_results_v1_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/features": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Features
         * @description List all features and whether the pipeline has a model for each that a running worker can use.
         *
         *     If you ask for one that is not live, its entry in the result contains an error.
         */
        get: operations["list_features_v1_features_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Images
         * @description List a workspace's images with their status, newest first.
         *
         *     A page may be short or empty although more follow: continue until there is no `next_cursor`.
         */
        get: operations["list_images_v1_images_get"];
        put?: never;
        /**
         * Submit Images
         * @description Send references to images.
         *
         *     When the response arrives, the references are stored durably; recognition follows within moments.
         *
         *     The result's `correlation_id` is this request's `X-Request-Id`. If you send an image again, it is recognised again.
         *     If you repeat a request with the same `Idempotency-Key`, you get the first response again and nothing else happens.
         */
        post: operations["submit_images_v1_images_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{image_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Image
         * @description Return an image's status and, once it is recognised, its result.
         */
        get: operations["read_image_v1_images__image_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Image
         * @description Delete the image's status, results and dead letters. It disappears from lists and searches within moments.
         *
         *     The image stays deleted, whatever is replayed or rebuilt. Only a reference that is sent later brings it back.
         */
        delete: operations["delete_image_v1_images__image_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{image_id}/duplicates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Duplicates
         * @description Return near-duplicates of the image, nearest first: images whose perceptual hash differs in few bits.
         */
        get: operations["list_duplicates_v1_images__image_id__duplicates_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{image_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read History
         * @description Return the results of every pipeline version that recognised the image, newest first.
         */
        get: operations["read_history_v1_images__image_id__history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{image_id}/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Similar
         * @description Return the images most similar to this one, nearest first.
         *
         *     Embeddings of the model that recognised it last are compared.
         */
        get: operations["list_similar_v1_images__image_id__similar_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{image_id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Timeline
         * @description Return what happened to the image, oldest first. For a deleted image, the list starts with its deletion.
         */
        get: operations["read_timeline_v1_images__image_id__timeline_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find Similar
         * @description Return the images most similar to the picture in the request, nearest first.
         *
         *     The workers recognise the picture before anything else, and it is not stored. You must be allowed to send images
         *     for `owner`. Returns 503 if recognition takes too long.
         */
        post: operations["find_similar_v1_images_similar_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload Image
         * @description Upload a picture.
         *
         *     When the response arrives, the picture and its reference are stored durably; recognition follows within moments.
         *
         *     Only the platform can read the uploaded file. The file is removed when the image is deleted. If you upload the same
         *     picture under the same id again, it is stored once and recognised again.
         */
        post: operations["upload_image_v1_images_upload_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Jobs
         * @description List a workspace's jobs, newest first.
         */
        get: operations["list_jobs_v1_jobs_get"];
        put?: never;
        /**
         * Create Job
         * @description Create a job over an object store, a manifest in one, or a search.
         *
         *     Workers publish its references with the priority `batch`, follow them to their outcomes, and write the result files.
         */
        post: operations["create_job_v1_jobs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Job
         * @description Return a job and how far it has come.
         */
        get: operations["read_job_v1_jobs__job_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Job
         * @description Publish nothing more of a job. What was accepted until then is recognised, and is in the result files.
         */
        post: operations["cancel_job_v1_jobs__job_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Items
         * @description List the items of a job in the order of its source, with what became of each.
         */
        get: operations["list_items_v1_jobs__job_id__items_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Result
         * @description Return a result file of a job that has ended.
         *
         *     In JSON Lines, each line is an item, with the image as `GET /v1/images/{image_id}` shows it. The last line has `end`
         *     and the number of `items`.
         */
        get: operations["read_result_v1_jobs__job_id__result_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Job Of Upload
         * @description Create a job over the manifest in the body.
         */
        post: operations["create_job_of_upload_v1_jobs_upload_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen
         * @description Stream outcomes as they come: images that were recognised, rejected or deleted.
         *
         *     The response is a stream of server-sent events. A WebSocket at the same address gets the same messages, each as one
         *     JSON object with `event`, `id` and `data`.
         *
         *     An outcome must match all filters. A deletion has no contents: filters by contents leave deletions out.
         */
        get: operations["listen_v1_live_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Issue Ticket
         * @description Return a ticket that opens one live stream within 30 seconds.
         *
         *     Browsers send no header when they open a stream. Send the ticket as the query parameter `ticket` instead. The stream
         *     has the rights of the token or key with which you ask for the ticket, and ends when these do.
         */
        post: operations["issue_ticket_v1_live_tickets_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Profile
         * @description Return your account.
         */
        get: operations["read_profile_v1_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Profile
         * @description Change your name. Only an administrator can change your role and workspaces.
         */
        patch: operations["change_profile_v1_me_patch"];
        trace?: never;
    };
    "/v1/me/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close
         * @description Close your account.
         *
         *     Its sessions end and its API keys stop working, until an administrator reopens the account.
         */
        post: operations["close_v1_me_close_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Consents
         * @description List the applications that you let act for you.
         */
        get: operations["list_consents_v1_me_consents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/consents/{client_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw Consent
         * @description Withdraw your consent to an application. Within two seconds, none of its tokens for you is valid any more.
         */
        delete: operations["withdraw_consent_v1_me_consents__client_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change Password
         * @description Change your password. All your sessions end, including this one.
         */
        put: operations["change_password_v1_me_password_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Pipelines
         * @description Return every pipeline, and which one is promoted.
         */
        get: operations["list_pipelines_v1_pipelines_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pipelines/{pipeline}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Promote
         * @description Promote a pipeline. Workers switch to it within seconds, and no image is lost.
         *
         *     Its models must have been verified for an earlier promotion, because no model ever runs in the API. To promote a
         *     model for the first time, run `vedette pipelines promote` where the models are stored; it verifies them.
         */
        post: operations["promote_v1_pipelines__pipeline__promote_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pipelines/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll Back
         * @description Promote the pipeline again that was promoted before the present one.
         */
        post: operations["roll_back_v1_pipelines_rollback_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recognise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recognise Picture
         * @description Recognise the picture in the request, and return what is in it.
         *
         *     The workers answer before they recognise anything else. Neither the picture nor the answer is stored, and no
         *     search or list shows them. You must be allowed to send images for `owner`. Returns 503 if recognition takes too
         *     long.
         */
        post: operations["recognise_picture_v1_recognise_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Results
         * @description List results, newest first, by what they show, confidence, time, camera, pipeline, status and workspace.
         *
         *     Analysts and administrators see the results of every workspace, other users those of their own.
         */
        get: operations["list_results_v1_results_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search Results
         * @description Find images by words, newest first.
         *
         *     Searches labels and everything more general, objects, recognised text, cameras, image ids, paths of URIs and
         *     metadata.
         */
        get: operations["search_results_v1_search_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search/suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Suggest Words
         * @description Return names of labels, of everything more general and of objects that contain these words.
         *
         *     The last word may be incomplete. The most frequent names come first. Only names that occur in images that you may
         *     see are suggested.
         */
        get: operations["suggest_words_v1_search_suggestions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count Results
         * @description Count the images that match.
         *
         *     They are counted over time, and by label, category, object, faces, moderation, workspace, status, reason, pipeline,
         *     camera and confidence.
         *
         *     This route ignores `limit` and `cursor`.
         */
        get: operations["count_results_v1_stats_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Status
         * @description Return the state of the platform.
         *
         *     It contains which systems respond, which messages wait and for how long, which were deleted unread, what retention
         *     removed, and the promoted pipeline.
         */
        get: operations["read_status_v1_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspensions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Suspensions
         * @description List the API keys and OAuth clients that the restore of a backup has suspended.
         *
         *     They work again once they are released.
         */
        get: operations["list_suspensions_v1_suspensions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspensions/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Release
         * @description Release suspended API keys and clients, so that they work again.
         *
         *     First make sure that they were not revoked after the backup.
         */
        post: operations["release_v1_suspensions_release_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Webhooks
         * @description List a workspace's endpoints, oldest first.
         */
        get: operations["list_webhooks_v1_webhooks_get"];
        put?: never;
        /**
         * Create Webhook
         * @description Create an endpoint for a workspace's events.
         *
         *     Events are signed as the Standard Webhooks specification says. The secret is shown only now. The endpoint hears of
         *     what happens from about a second after this response on.
         */
        post: operations["create_webhook_v1_webhooks_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{endpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Webhook
         * @description Return one endpoint.
         */
        get: operations["read_webhook_v1_webhooks__endpoint_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Webhook
         * @description Delete an endpoint with its log of deliveries. What is still due to it is not sent. This cannot be undone.
         */
        delete: operations["delete_webhook_v1_webhooks__endpoint_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change Webhook
         * @description Change an endpoint, or enable one that the platform has disabled.
         *
         *     The worker applies the change within seconds. What is already due is sent to the new address.
         */
        patch: operations["change_webhook_v1_webhooks__endpoint_id__patch"];
        trace?: never;
    };
    "/v1/webhooks/{endpoint_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Deliveries
         * @description List deliveries to an endpoint, newest first: how each stands, and how its last attempt went.
         *
         *     A page may be short, or empty, although there is more: go on as long as there is a `next_cursor`.
         */
        get: operations["list_deliveries_v1_webhooks__endpoint_id__deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{endpoint_id}/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Delivery
         * @description Return one delivery with the body that it sends.
         */
        get: operations["read_delivery_v1_webhooks__endpoint_id__deliveries__delivery_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{endpoint_id}/deliveries/{delivery_id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resend Delivery
         * @description Send one delivery again within seconds, whether or not it was delivered. Its `webhook-id` stays the same.
         */
        post: operations["resend_delivery_v1_webhooks__endpoint_id__deliveries__delivery_id__resend_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{endpoint_id}/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recover Deliveries
         * @description Send all failed deliveries since a time again, at most 1,000 with one request, newest first.
         */
        post: operations["recover_deliveries_v1_webhooks__endpoint_id__recover_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{endpoint_id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate Webhook Secret
         * @description Give an endpoint a new secret, which is shown only now.
         *
         *     For a while deliveries carry the signatures of both secrets, so that you can replace the earlier one in peace.
         */
        post: operations["rotate_webhook_secret_v1_webhooks__endpoint_id__secret_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{endpoint_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send Test
         * @description Send a test event of type `webhook.test` within seconds. The log shows what came of it.
         */
        post: operations["send_test_v1_webhooks__endpoint_id__test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Workspaces
         * @description List workspaces, the prefixes from which each may have images fetched, and their default features.
         *
         *     Analysts and administrators see all workspaces, other users their own.
         */
        get: operations["list_workspaces_v1_workspaces_get"];
        put?: never;
        /**
         * Create Workspace
         * @description Create a workspace, and set the prefixes from which it may have images fetched and its default features.
         */
        post: operations["create_workspace_v1_workspaces_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Workspace
         * @description Delete a workspace with everything that belongs to it, for good.
         *
         *     These are its images, uploaded pictures, jobs and their files, webhooks and their logs, the rights of its members,
         *     and the API keys and applications that are for it alone. From now on it accepts nothing. The response is an erasure,
         *     which runs on its own: `GET /v1/erasures/{erasure_id}` says how far it has come, and its signed list says what is
         *     gone.
         */
        delete: operations["delete_workspace_v1_workspaces__workspace_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change Workspace
         * @description Change a workspace's name, or replace its allowed prefixes or its default features.
         *
         *     `GET /v1/accounts` lists its members.
         */
        patch: operations["change_workspace_v1_workspaces__workspace_id__patch"];
        trace?: never;
    };
    "/v1/workspaces/{workspace_id}/members/{account_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add Member
         * @description Add an account to a workspace. It can then see and send the workspace's images.
         */
        put: operations["add_member_v1_workspaces__workspace_id__members__account_id__put"];
        post?: never;
        /**
         * Remove Member
         * @description Remove an account from a workspace. It can then no longer see or send the workspace's images.
         */
        delete: operations["remove_member_v1_workspaces__workspace_id__members__account_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Accepted
         * @description The images that were sent, in the order of the request.
         */
        Accepted: {
            /** Images */
            images: components["schemas"]["AcceptedImage"][];
        };
        /**
         * AcceptedImage
         * @description One image that was accepted for recognition.
         */
        AcceptedImage: {
            /**
             * Image Id
             * @example mug-1
             */
            image_id: string;
            links: components["schemas"]["Links"];
            /**
             * Owner
             * @example shop
             */
            owner: string;
            /** @default pending */
            status?: components["schemas"]["ImageStatus"];
        };
        /**
         * AccountChanges
         * @description The changes to an account.
         *
         *     Fields that are left out stay as they are. ``active: false`` also ends all sessions of the account.
         * @example {
         *       "role": "analyst"
         *     }
         */
        AccountChanges: {
            /** Active */
            active?: boolean | null;
            /** Name */
            name?: string | null;
            role?: components["schemas"]["Role"] | null;
            /** Workspaces */
            workspaces?: string[] | null;
        };
        /**
         * AccountView
         * @description An account, without its password.
         */
        AccountView: {
            /** Active */
            active: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Email
             * Format: email
             */
            email: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name?: string | null;
            role: components["schemas"]["Role"];
            /** Workspaces */
            workspaces: string[];
        };
        /**
         * AccountWish
         * @description The account to create, with its initial password.
         */
        AccountWish: {
            /**
             * Email
             * Format: email
             */
            email: string;
            /** Name */
            name?: string | null;
            /**
             * Password
             * Format: password
             */
            password: string;
            /** @default user */
            role?: components["schemas"]["Role"];
            /**
             * Workspaces
             * @default []
             */
            workspaces?: string[];
        };
        /**
         * Action
         * @description What was done. The values are part of the event contract.
         * @enum {string}
         */
        "Action-Input": "dead_letter.shown" | "dead_letter.replayed" | "dead_letter.discarded" | "image.deleted" | "backup.created" | "backup.restored" | "backup.deleted" | "account.logged_in" | "account.log_in_failed" | "account.logged_out" | "session.refreshed" | "session.refresh_reused" | "account.created" | "account.invited" | "invitation.withdrawn" | "account.registered" | "account.changed" | "account.closed" | "account.reopened" | "account.sessions_ended" | "account.password_changed" | "account.password_reset" | "account.mail_asked" | "workspace.created" | "workspace.changed" | "workspace.deleted" | "workspace.member_added" | "workspace.member_removed" | "api_key.created" | "api_key.revoked" | "client.created" | "client.changed" | "client.revoked" | "client.refused" | "client.session_begun" | "client.session_ended" | "client.code_reused" | "consent.given" | "consent.refused" | "consent.withdrawn" | "signing_keys.rotated" | "model.added" | "model.removed" | "pipeline.created" | "pipeline.removed" | "pipeline.promoted" | "pipeline.rolled_back" | "model.recorded" | "api_key.released" | "client.released" | "index.rebuilt" | "history.replayed" | "results.exported" | "job.created" | "job.cancelled" | "platform.migrated" | "audit.verified" | "webhook.created" | "webhook.changed" | "webhook.deleted" | "webhook.secret_rotated" | "webhook.disabled" | "webhook.tested" | "webhook.resent" | "webhook.secrets_encrypted" | "erasure.begun" | "erasure.ended";
        /**
         * ActivityItem
         * @description One event that happened on the platform.
         */
        ActivityItem: {
            /**
             * Action
             * @description The act or the alert.
             */
            action?: string | null;
            /**
             * Actor
             * @description The account's id, or user@machine.
             */
            actor?: string | null;
            /** Address */
            address?: string | null;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Count */
            count?: number | null;
            /** Detail */
            detail?: string | null;
            /** Duration Ms */
            duration_ms?: number | null;
            /** Error */
            error?: string | null;
            event: components["schemas"]["ActivityKind"];
            /**
             * Id
             * @description The position of its message in Kafka, as topic:partition:offset.
             */
            id: string;
            /** Method */
            method?: string | null;
            /**
             * Outcome
             * @description One of success, failure and unknown.
             */
            outcome?: string | null;
            /** Owner */
            owner?: string | null;
            /**
             * Program
             * @description The API key or OAuth client that acted for the actor.
             */
            program?: string | null;
            /** Request Id */
            request_id?: string | null;
            /** Route */
            route?: string | null;
            /** Status */
            status?: number | null;
            /** Subject */
            subject?: string | null;
        };
        /**
         * ActivityKind
         * @description The kind of an event. `unreadable` is a message that is not an event of the platform.
         * @enum {string}
         */
        ActivityKind: "audit" | "access" | "security" | "error" | "performance" | "unreadable";
        /**
         * ApiKeyView
         * @description An API key without its secret.
         */
        ApiKeyView: {
            /** Active */
            active: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at?: string | null;
            /** Name */
            name: string;
            /**
             * Prefix
             * @description The key begins with `vdt_` and this prefix.
             * @example k3v9x0c1ab
             */
            prefix: string;
            /** Revoked At */
            revoked_at?: string | null;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Suspended At
             * @description When a restore suspended it. It stays unusable until an administrator releases it.
             */
            suspended_at?: string | null;
            /**
             * Used At
             * @description The time of the last use, accurate to about an hour.
             */
            used_at?: string | null;
            /** Workspaces */
            workspaces?: string[] | null;
        };
        /**
         * Asked
         * @description The e-mail address to send a message to.
         */
        Asked: {
            /**
             * Email
             * Format: email
             * @example ada@shop.example
             */
            email: string;
        };
        /**
         * AskedToRegister
         * @description The e-mail address to send a message to, and the name of its owner.
         */
        AskedToRegister: {
            /**
             * Email
             * Format: email
             * @example ada@shop.example
             */
            email: string;
            /** Name */
            name?: string | null;
        };
        /**
         * Attempt
         * @description One attempt to deliver: the endpoint's answer, or in words why there was none that counts.
         */
        Attempt: {
            /**
             * Answer
             * @description How the body of an answer that refuses the event begins.
             */
            answer?: string | null;
            /**
             * At
             * Format: date-time
             * @description When the attempt began.
             */
            at: string;
            /**
             * Code
             * @description The status of the endpoint's answer, if it answered.
             */
            code?: number | null;
            /**
             * Duration Ms
             * @description How long it took.
             */
            duration_ms: number;
            /**
             * Error
             * @description What went wrong. Absent if the endpoint took the event.
             */
            error?: string | null;
        };
        /**
         * AuditEntry
         * @description One entry of the audit trail.
         */
        AuditEntry: {
            /**
             * Appended At
             * Format: date-time
             * @description When the broker stored the message, by the broker's clock.
             */
            appended_at: string;
            /**
             * Chain
             * @description The topic's id in Kafka and the partition, separated by a colon.
             */
            chain: string;
            /** @description What was done. Absent if the message cannot be read. */
            event?: components["schemas"]["AuditEvent"] | null;
            /**
             * Number
             * @description The entry's number in its chain, starting with 1.
             */
            number: number;
            /**
             * Offset
             * @description The offset of its message in that partition.
             */
            offset: number;
            /**
             * Problem
             * @description What is wrong with a message that is not a valid event.
             */
            problem?: string | null;
            /**
             * Signature
             * @description The HMAC-SHA256 over the entry and the previous signature, in hexadecimal.
             */
            signature: string;
        };
        /**
         * AuditEvent
         * @description A recorded act: who did what to what, and when.
         */
        AuditEvent: {
            /** @description What was done. */
            action: components["schemas"]["schemas__activity__Action"];
            /**
             * Actor
             * @description Who did it: the account's id, or user@machine.
             */
            actor: string;
            /**
             * Address
             * @description The network address from which the request came.
             */
            address?: string | null;
            /**
             * At
             * Format: date-time
             * @description When it was done.
             */
            at: string;
            /**
             * Detail
             * @description What changed. Never contains secrets.
             */
            detail?: string | null;
            /**
             * Event
             * @description Tells this event from the others.
             * @default audit
             * @constant
             */
            event?: "audit";
            /** @description How an act ended that was recorded before it began: `failed` (nothing was done; of `audit.verified`: entries were changed, removed or moved), `unknown` (nobody knows whether it was done), or `done` (only for acts whose success is recorded too, such as a restore). Absent from all other events. */
            outcome?: components["schemas"]["Outcome"] | null;
            /**
             * Owner
             * @description The workspace that the act concerns, if there is one.
             */
            owner?: string | null;
            /**
             * Program
             * @description The program that acted for the actor: `key <prefix>` or `client <id>`. Absent if a person was logged in.
             */
            program?: string | null;
            /** @description The subject's rights after the act, if the act changes them. With these, a restore does not give back rights that were taken away after the backup. */
            rights?: components["schemas"]["Rights"] | null;
            /**
             * Subject
             * @description What the act was done to: the id of a dead letter, backup, image, account, workspace, key, client, webhook endpoint, model, pipeline, erasure or job, the name of an index or keyspace, or the format of an export.
             */
            subject: string;
        };
        /**
         * AuditPage
         * @description A page of the audit trail, and the present end of each chain.
         */
        AuditPage: {
            /** Chains */
            chains: components["schemas"]["ChainHead"][];
            /** Items */
            items: components["schemas"]["AuditEntry"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * Box
         * @description The position of something, in fractions of the upright image's width and height, from the upper left corner.
         */
        Box: {
            /**
             * Height
             * @description The height of the box.
             */
            height: number;
            /**
             * Left
             * @description The distance of the left edge from that of the image.
             */
            left: number;
            /**
             * Top
             * @description The distance of the upper edge from that of the image.
             */
            top: number;
            /**
             * Width
             * @description The width of the box.
             */
            width: number;
        };
        /**
         * Bucket
         * @description The number of images with one value.
         */
        Bucket: {
            /** Count */
            count: number;
            /** Key */
            key: string;
        };
        /**
         * Category
         * @description One of the broad categories of labels, such as *Animals and Pets*, with a confidence from 0 to 1.
         */
        Category: {
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
            /**
             * Name
             * @description The category's name.
             */
            name: string;
        };
        /**
         * ChainHead
         * @description The present end of one chain. If you store it elsewhere, it can prove later that nothing was cut off.
         */
        ChainHead: {
            /**
             * Appended At
             * Format: date-time
             */
            appended_at: string;
            /** Chain */
            chain: string;
            /** Entries */
            entries: number;
            /** Offset */
            offset: number;
            /** Signature */
            signature: string;
        };
        /**
         * ClientChanges
         * @description The changes to a client. Fields that are left out stay as they are.
         * @example {
         *       "scopes": [
         *         "results:read"
         *       ]
         *     }
         */
        ClientChanges: {
            /** Name */
            name?: string | null;
            /** Redirect Uris */
            redirect_uris?: string[] | null;
            /** Scopes */
            scopes?: components["schemas"]["Scope"][] | null;
            /**
             * Workspaces
             * @description The workspaces that the client may reach. With null, it reaches those of the person for whom it acts.
             */
            workspaces?: string[] | null;
        };
        /**
         * ClientView
         * @description An OAuth client without its secret.
         */
        ClientView: {
            /** Active */
            active: boolean;
            /** Client Id */
            client_id: string;
            /** Confidential */
            confidential: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Grants */
            grants: components["schemas"]["Grant"][];
            /** Name */
            name: string;
            /** Native */
            native: boolean;
            /** Redirect Uris */
            redirect_uris: string[];
            /** Revoked At */
            revoked_at?: string | null;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Suspended At
             * @description When a restore suspended it. It stays unusable until an administrator releases it.
             */
            suspended_at?: string | null;
            /** Workspaces */
            workspaces?: string[] | null;
        };
        /**
         * ClientWish
         * @description The OAuth client to create.
         * @example {
         *       "name": "The shop's album",
         *       "redirect_uris": [
         *         "https://album.example/back"
         *       ],
         *       "scopes": [
         *         "results:read"
         *       ],
         *       "workspaces": [
         *         "shop"
         *       ]
         *     }
         */
        ClientWish: {
            /**
             * Confidential
             * @description Whether the client can keep a secret. A server can; a program on a user's machine or in a browser cannot.
             * @default true
             */
            confidential?: boolean;
            /**
             * Grants
             * @description The grants that the client may use: `authorization_code` and `refresh_token` to act for people, `client_credentials` to act as itself.
             * @default [
             *       "authorization_code",
             *       "refresh_token"
             *     ]
             */
            grants?: components["schemas"]["Grant"][];
            /**
             * Name
             * @description The client's name, as people see it when they are asked for their consent.
             */
            name: string;
            /**
             * Native
             * @description Whether the client runs on its user's machine. Its loopback redirect URIs may then use any port.
             * @default false
             */
            native?: boolean;
            /**
             * Redirect Uris
             * @description The URIs to which codes may be sent. A request must repeat one of them exactly.
             * @default []
             */
            redirect_uris?: string[];
            /**
             * Scopes
             * @description The scopes that the client may request.
             */
            scopes: components["schemas"]["Scope"][];
            /**
             * Workspaces
             * @description The only workspaces that the client may reach. With null, it reaches those of the person for whom it acts.
             */
            workspaces?: string[] | null;
        };
        /**
         * Confirmation
         * @description The token from the e-mail, the new password, and a display name.
         */
        Confirmation: {
            /** Name */
            name?: string | null;
            /**
             * Password
             * Format: password
             */
            password: string;
            /**
             * Token
             * Format: password
             */
            token: string;
        };
        /**
         * Confirmed
         * @description Your password again, so that nobody can do this on your unlocked screen.
         */
        Confirmed: {
            /**
             * Password
             * Format: password
             */
            password: string;
        };
        /**
         * ConsentView
         * @description An application that may act for you.
         */
        ConsentView: {
            /** Client Id */
            client_id: string;
            /**
             * Given At
             * Format: date-time
             */
            given_at: string;
            /**
             * Name
             * @example The shop's album
             */
            name: string;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * CountedImages
         * @description How many images a search finds.
         */
        CountedImages: {
            /** Images */
            images: number;
        };
        /**
         * Cut
         * @description What a message contained before it was cut. Parts that it did not have are absent.
         */
        Cut: {
            headers: components["schemas"]["CutHeaders"];
            key?: components["schemas"]["CutPart"] | null;
            value?: components["schemas"]["CutPart"] | null;
        };
        /**
         * CutHeaders
         * @description The headers of a message. Size and SHA-256 refer to their encoded form in Kafka.
         */
        CutHeaders: {
            /** Count */
            count: number;
            /** Kept */
            kept: number;
            /** Kept Count */
            kept_count: number;
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
        };
        /**
         * CutPart
         * @description One part of a message: its size, its SHA-256, and how many bytes of its beginning are kept.
         */
        CutPart: {
            /** Kept */
            kept: number;
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
        };
        /**
         * DeadLetter
         * @description A dead letter as administrators see it. It is open while it has no resolution.
         */
        DeadLetter: {
            /** @description What the message contained, if it was too large to be kept whole. */
            cut?: components["schemas"]["Cut"] | null;
            /**
             * Detail
             * @description One sentence for people. It never contains a query string or a credential.
             */
            detail: string;
            /**
             * Group
             * @description The consumer group that had not read the messages when they were deleted.
             */
            group?: string | null;
            /** Host */
            host: string;
            /**
             * Id
             * @description Its id in commands and URLs: the rejected message's topic:partition:offset:ms.
             */
            readonly id: string;
            /** Image Id */
            image_id?: string | null;
            /**
             * Last Offset
             * @description If one dead letter stands for several messages of a partition: the offset of the last of them.
             */
            last_offset?: number | null;
            /** @description The position of the dead letter itself, known once it was read. */
            letter?: components["schemas"]["Origin"] | null;
            origin: components["schemas"]["Origin"];
            /** Owner */
            owner?: string | null;
            /** Pipeline */
            pipeline?: string | null;
            /**
             * Promoted
             * @description Whether this pipeline was the promoted one at that time.
             * @default true
             */
            promoted?: boolean;
            reason: components["schemas"]["Reason"];
            /**
             * Rejected At
             * Format: date-time
             */
            rejected_at: string;
            /** @description The position of the message that replayed the reference at `origin`. */
            replay?: components["schemas"]["Origin"] | null;
            resolution?: components["schemas"]["Resolution"] | null;
            /** Resolved At */
            resolved_at?: string | null;
            /** Resolved By */
            resolved_by?: string | null;
            /**
             * Topic Id
             * @description The id of the topic that held the messages. A topic that is deleted and created again gets another id.
             */
            topic_id?: string | null;
            /**
             * Uri
             * @description The reference's URI without query string, fragment and user name.
             */
            uri?: string | null;
        };
        /**
         * Delivery
         * @description One event for one endpoint, as the log keeps it.
         */
        Delivery: {
            /**
             * Created At
             * Format: date-time
             * @description When the event was told to the platform's topics.
             */
            created_at: string;
            /**
             * Endpoint Id
             * @description The endpoint.
             */
            endpoint_id: string;
            /**
             * Id
             * @description The delivery's id.
             */
            id: string;
            /** @description The last attempt. */
            last?: components["schemas"]["Attempt"] | null;
            /**
             * Message Id
             * @description The `webhook-id` that is sent with every attempt, always the same.
             */
            message_id: string;
            /**
             * Next At
             * @description When the next attempt is due.
             */
            next_at?: string | null;
            /**
             * Owner
             * @description The workspace.
             */
            owner: string;
            /** @description `due`: another attempt follows. `delivered`. `failed`: none follows. */
            state: components["schemas"]["DeliveryState"];
            /**
             * Subject
             * @description The image's or the job's id.
             */
            subject: string;
            /**
             * Tries
             * @description How many attempts were made.
             * @default 0
             */
            tries?: number;
            /**
             * Type
             * @description The type of the event.
             * @example image.recognised
             */
            type: string;
        };
        /**
         * DeliveryState
         * @description How a delivery stands.
         * @enum {string}
         */
        DeliveryState: "due" | "delivered" | "failed";
        /**
         * DeliveryView
         * @description A delivery, and what it sends.
         */
        DeliveryView: {
            /**
             * Body
             * @description The body that is sent, as text: what is signed are exactly these bytes.
             */
            body: string;
            /**
             * Created At
             * Format: date-time
             * @description When the event was told to the platform's topics.
             */
            created_at: string;
            /**
             * Endpoint Id
             * @description The endpoint.
             */
            endpoint_id: string;
            /**
             * Id
             * @description The delivery's id.
             */
            id: string;
            /** @description The last attempt. */
            last?: components["schemas"]["Attempt"] | null;
            /**
             * Message Id
             * @description The `webhook-id` that is sent with every attempt, always the same.
             */
            message_id: string;
            /**
             * Next At
             * @description When the next attempt is due.
             */
            next_at?: string | null;
            /**
             * Owner
             * @description The workspace.
             */
            owner: string;
            /** @description `due`: another attempt follows. `delivered`. `failed`: none follows. */
            state: components["schemas"]["DeliveryState"];
            /**
             * Subject
             * @description The image's or the job's id.
             */
            subject: string;
            /**
             * Tries
             * @description How many attempts were made.
             * @default 0
             */
            tries?: number;
            /**
             * Type
             * @description The type of the event.
             * @example image.recognised
             */
            type: string;
        };
        /**
         * DetectedObject
         * @description One object and its position, with the model's confidence from 0 to 1.
         */
        DetectedObject: {
            box: components["schemas"]["Box"];
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
            /**
             * Name
             * @description The name of the kind of object.
             */
            name: string;
        };
        /**
         * DominantColour
         * @description One dominant colour: its sRGB value, the nearest named CSS colour, and its share of the image.
         */
        DominantColour: {
            /**
             * Css
             * @description The nearest named CSS colour.
             */
            css: string;
            /**
             * Hex
             * @description The same as `#rrggbb`.
             */
            hex: string;
            /**
             * Rgb
             * @description Red, green and blue of sRGB, each from 0 to 255.
             */
            rgb: [
                number,
                number,
                number
            ];
            /**
             * Share
             * @description The share of the image that has about this colour.
             */
            share: number;
        };
        /**
         * EmbeddingAnswer
         * @description A unit vector. The smaller the angle between two vectors, the more similar the images.
         *
         *     ``values`` is the base64 encoding of ``dimensions`` signed bytes: each component multiplied by 127 and rounded.
         */
        EmbeddingAnswer: {
            /**
             * Dimensions
             * @description How many components the vector has.
             */
            dimensions: number;
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
            /**
             * Values
             * @description The components, one signed byte each, in base64.
             */
            values: string;
        };
        /**
         * EndpointView
         * @description An endpoint without its secret.
         */
        EndpointView: {
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Description */
            description: string;
            /**
             * Disabled At
             * @description When the platform disabled it. Enable it with `enabled: true`.
             */
            disabled_at?: string | null;
            /**
             * Disabled Because
             * @description Why the platform disabled it.
             */
            disabled_because?: string | null;
            /**
             * Enabled
             * @description Whether an administrator wants events to be sent.
             */
            enabled: boolean;
            /** Events */
            events: components["schemas"]["WebhookType"][];
            /**
             * Failing Since
             * @description When the first delivery failed after the last one that succeeded.
             */
            failing_since?: string | null;
            filters: components["schemas"]["OutcomeFilters"];
            /**
             * Id
             * @example we_mfzwc3tfmn2gk4tjmfzwc3tfmn
             */
            id: string;
            /**
             * Old Secret Until
             * @description Until when deliveries also carry the signature of the earlier secret.
             */
            old_secret_until?: string | null;
            /**
             * Owner
             * @description The workspace.
             * @example shop
             */
            owner: string;
            /** Replayed */
            replayed: boolean;
            /** Unpromoted */
            unpromoted: boolean;
            /** Url */
            url: string;
        };
        /**
         * EndReason
         * @description Why a stream ended.
         * @enum {string}
         */
        EndReason: "token_expired" | "account_closed" | "credential_revoked" | "access_changed" | "slow" | "lifetime" | "stopping" | "unavailable";
        /**
         * Erasure
         * @description One erasure: who began it, what it looks for, and how far it has come.
         */
        Erasure: {
            /**
             * Begun At
             * Format: date-time
             */
            begun_at: string;
            /**
             * Belongings
             * @description What else of the workspace is deleted: how many of each kind. Absent if the workspace stays.
             */
            belongings?: {
                [key: string]: number;
            } | null;
            /**
             * By
             * @description Who began it: the account's id, or user@machine.
             */
            by: string;
            /**
             * Closes At
             * @description Everything that matches and was recognised before this time is erased. Absent until it is known.
             */
            closes_at?: string | null;
            /**
             * Confirmed
             * @description How many images the search found when the erasure began.
             */
            confirmed: number;
            /** Ended At */
            ended_at?: string | null;
            /**
             * Erased
             * @description About how many images are erased; exact once it is done.
             * @default 0
             */
            erased?: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Owner
             * @description The workspace whose images are erased.
             */
            owner: string;
            /**
             * @description `erasing`: images are deleted. `waiting`: the workers still process messages from before. `done`: nothing is found any more, and the list is signed.
             * @default erasing
             */
            phase?: components["schemas"]["ErasurePhase"];
            /**
             * Sought
             * @description What the erasure looks for. Values of metadata and words are left out, because they may name a person.
             */
            sought: string;
            /**
             * Whole Workspace
             * @description Whether the workspace itself is deleted, with everything that belongs to it.
             * @default false
             */
            whole_workspace?: boolean;
        };
        /**
         * ErasurePhase
         * @description How far an erasure has come.
         * @enum {string}
         */
        ErasurePhase: "erasing" | "waiting" | "done";
        /**
         * ErasureSearch
         * @description Which images are meant: those to which all of it applies, as `GET /v1/results` finds them.
         * @example {
         *       "metadata": {
         *         "customer": "c-1042"
         *       },
         *       "owner": "shop"
         *     }
         */
        ErasureSearch: {
            /**
             * Camera
             * @description Only images of this camera, as EXIF names it.
             */
            camera?: string | null;
            /**
             * Category
             * @description Only images in this category.
             */
            category?: string | null;
            /**
             * Label
             * @description Only images that show this, or something that it stands for.
             */
            label?: string | null;
            /**
             * Metadata
             * @description Only images with all of this metadata.
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * Object
             * @description Only images that show an object with this name.
             */
            object?: string | null;
            /**
             * Owner
             * @description The workspace whose images are meant.
             */
            owner: string;
            /**
             * Pipeline
             * @description Only images that this pipeline answered last.
             */
            pipeline?: string | null;
            /**
             * Q
             * @description Only images that contain all of these words.
             */
            q?: string | null;
            /** @description Only images rejected for this reason. */
            reason?: components["schemas"]["Reason"] | null;
            /**
             * Since
             * @description Only outcomes of this time or later.
             */
            since?: string | null;
            /**
             * Until
             * @description Only outcomes before this time.
             */
            until?: string | null;
        };
        /**
         * ErasureWish
         * @description What to erase, and how many images that is.
         * @example {
         *       "confirm": 12,
         *       "search": {
         *         "metadata": {
         *           "customer": "c-1042"
         *         },
         *         "owner": "shop"
         *       }
         *     }
         */
        ErasureWish: {
            /**
             * Confirm
             * @description How many images the search finds, as `POST /v1/erasures/count` says.
             */
            confirm: number;
            search: components["schemas"]["ErasureSearch"];
        };
        /**
         * ExportFormat
         * @description The format of an export.
         * @enum {string}
         */
        ExportFormat: "jsonl" | "csv" | "coco";
        /**
         * Face
         * @description The position of one face, with the model's confidence from 0 to 1. It says nothing about whose face it is.
         */
        Face: {
            box: components["schemas"]["Box"];
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
        };
        /**
         * FacesAnswer
         * @description The faces in the image, in descending order of confidence. Empty if none was found.
         */
        FacesAnswer: {
            /**
             * Faces
             * @description Faces, in descending order of confidence.
             */
            faces: components["schemas"]["Face"][];
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
        };
        /**
         * FailedFeature
         * @description Stands in place of an answer that could not be given.
         */
        FailedFeature: {
            error: components["schemas"]["FeatureFailure"];
            /**
             * Model
             * @description The model that failed. Absent if there is none.
             * @default null
             */
            model?: string | null;
        };
        /**
         * FailureCode
         * @description Why a feature has no answer although the image could be read.
         * @enum {string}
         */
        FailureCode: "not_installed" | "model_failed";
        /**
         * Feature
         * @description What a reference can ask for.
         * @enum {string}
         */
        Feature: "labels" | "objects" | "properties" | "text" | "embedding" | "hash" | "faces" | "moderation";
        /**
         * FeatureAnswers
         * @description The answer to each requested feature. Features that were not requested are absent.
         */
        FeatureAnswers: {
            /**
             * Embedding
             * @description A vector with which images are compared.
             * @default null
             */
            embedding?: components["schemas"]["EmbeddingAnswer"] | components["schemas"]["FailedFeature"] | null;
            /**
             * Faces
             * @description Where there are faces.
             * @default null
             */
            faces?: components["schemas"]["FacesAnswer"] | components["schemas"]["FailedFeature"] | null;
            /**
             * Hash
             * @description A hash that copies of an image share.
             * @default null
             */
            hash?: components["schemas"]["HashAnswer"] | components["schemas"]["FailedFeature"] | null;
            /**
             * Labels
             * @description What is in the image, in words.
             * @default null
             */
            labels?: components["schemas"]["LabelsAnswer"] | components["schemas"]["FailedFeature"] | null;
            /**
             * Moderation
             * @description What some people would not want to see.
             * @default null
             */
            moderation?: components["schemas"]["ModerationAnswer"] | components["schemas"]["FailedFeature"] | null;
            /**
             * Objects
             * @description What is in the image, and where.
             * @default null
             */
            objects?: components["schemas"]["ObjectsAnswer"] | components["schemas"]["FailedFeature"] | null;
            /**
             * Properties
             * @description Colours, brightness, contrast and sharpness.
             * @default null
             */
            properties?: components["schemas"]["PropertiesAnswer"] | components["schemas"]["FailedFeature"] | null;
            /**
             * Text
             * @description What is written in the image.
             * @default null
             */
            text?: components["schemas"]["TextAnswer"] | components["schemas"]["FailedFeature"] | null;
        };
        /**
         * FeatureFailure
         * @description Why a feature could not be answered. The other features of the result are not affected.
         */
        FeatureFailure: {
            code: components["schemas"]["FailureCode"];
            /**
             * Message
             * @description One sentence for people.
             */
            message: string;
        };
        /**
         * Features
         * @description A pipeline, and the state of every feature in it.
         */
        Features: {
            /** Features */
            features: components["schemas"]["FeatureState"][];
            /**
             * Pipeline
             * @example standard@2
             */
            pipeline: string;
        };
        /**
         * FeaturesFrom
         * @description Who chose the features of a result: the reference, or the workspace's default.
         * @enum {string}
         */
        FeaturesFrom: "reference" | "workspace";
        /**
         * FeatureState
         * @description One feature: ``live`` if the pipeline has a model that answers it and a worker has that, else ``not_installed``.
         *
         *     Workers report every 30 seconds which models they lack, such as the detector after a minimal setup. While no worker
         *     runs, a feature with a model is shown as live.
         */
        FeatureState: {
            /** @example labels */
            feature: components["schemas"]["Feature"];
            /**
             * Model
             * @example lite0@1
             */
            model?: string | null;
            /**
             * Status
             * @enum {string}
             */
            status: "live" | "not_installed";
            /**
             * Workers Lacking
             * @description How many of the running workers lack the model. Results from them have the error `not_installed` in the feature's entry. Absent if none does.
             */
            workers_lacking?: number | null;
        };
        /**
         * FieldError
         * @description One invalid field of a request: its path, for example ``images[0].uri``, and a sentence about what is wrong.
         */
        FieldError: {
            /** Field */
            field: string;
            /** Message */
            message: string;
        };
        /**
         * Found
         * @description A page of results and, if requested, counts over everything that was found.
         */
        Found: {
            facets?: components["schemas"]["Statistics"] | null;
            /** Items */
            items: components["schemas"]["ResultSummary"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * Grant
         * @description A way to get tokens, as RFC 6749 names them.
         * @enum {string}
         */
        Grant: "authorization_code" | "refresh_token" | "client_credentials";
        /**
         * HashAnswer
         * @description A perceptual hash of the image, as 16 hexadecimal digits. ``model`` names the algorithm and its version.
         *
         *     The fewer of the 64 bits differ between two hashes, the more similar the images. Copies of one image differ in few
         *     bits.
         */
        HashAnswer: {
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
            /**
             * Perceptual
             * @description The hash, as 16 hexadecimal digits.
             */
            perceptual: string;
        };
        /**
         * Health
         * @description The process responds.
         */
        Health: {
            /**
             * Status
             * @default ok
             * @constant
             */
            status?: "ok";
        };
        /**
         * ImageData
         * @description What happened to one image.
         */
        ImageData: {
            /**
             * At
             * Format: date-time
             * @description When it happened.
             */
            at: string;
            /**
             * Detail
             * @description One sentence about why the image was rejected.
             * @default null
             */
            detail?: string | null;
            /**
             * Image Id
             * @description The image's name in its workspace.
             * @example cat-1
             */
            image_id: string;
            /**
             * Pipeline
             * @description The pipeline that answered, if one did.
             * @default null
             */
            pipeline?: string | null;
            /**
             * Promoted
             * @description Whether the pipeline was the promoted one when it answered.
             * @default true
             */
            promoted?: boolean;
            /**
             * @description Why the image was rejected.
             * @default null
             */
            reason?: components["schemas"]["Reason"] | null;
            /**
             * Replayed
             * @description Whether it answers a replay of history.
             * @default false
             */
            replayed?: boolean;
            /**
             * @description What was recognised, as lists show it. `GET /v1/images/{image_id}` returns all of it.
             * @default null
             */
            result?: components["schemas"]["ResultSummary"] | null;
            /**
             * Sequence
             * @description The number that orders the events of one image. Events come in no order: one with a lower number than the last is out of date.
             */
            sequence: number;
            /**
             * Uri
             * @description The rejected reference's URI without secrets.
             * @default null
             */
            uri?: string | null;
            /**
             * Workspace
             * @description The workspace to which the image belongs.
             * @example shop
             */
            workspace: string;
        };
        /**
         * ImageFacts
         * @description Facts about the fetched file, and what its camera noted. Width and height are the upright image's, in pixels.
         *
         *     Nobody vouches for the camera's notes: anyone can write them into a file.
         */
        ImageFacts: {
            /**
             * Camera
             * @description The camera's make and model, as EXIF has them.
             * @default null
             * @example Apple iPhone 12
             */
            camera?: string | null;
            /**
             * Format
             * @description The format of the file, as its contents show it, for example `JPEG`.
             */
            format: string;
            /**
             * Height
             * @description The height of the upright image, in pixels.
             */
            height: number;
            /**
             * @description Where EXIF says that the picture was taken. Only in workspaces that keep locations.
             * @default null
             */
            location?: components["schemas"]["Location"] | null;
            /**
             * Sha256
             * @description The SHA-256 of the file, in hexadecimal.
             */
            sha256: string;
            /**
             * Size Bytes
             * @description The size of the file.
             */
            size_bytes: number;
            /**
             * Taken At
             * @description When EXIF says that the picture was taken, in ISO 8601: with the offset from UTC if EXIF has one, otherwise the time that the camera's clock showed, without an offset.
             * @default null
             * @example 2024-05-01T12:30:00+02:00
             */
            taken_at?: string | null;
            /**
             * Taken At Local
             * @description True if `taken_at` has no offset: nobody knows in which time zone the clock was.
             * @default null
             */
            taken_at_local?: boolean | null;
            /**
             * Width
             * @description The width of the upright image, in pixels.
             */
            width: number;
        };
        /**
         * ImageStatus
         * @description What became of an image.
         * @enum {string}
         */
        ImageStatus: "pending" | "recognised" | "rejected" | "discarded" | "deleted";
        /**
         * ImageView
         * @description One image: its status and, if there is one, its result.
         */
        ImageView: {
            /** Accepted At */
            accepted_at?: string | null;
            /** Detail */
            detail?: string | null;
            /** Image Id */
            image_id: string;
            /** Owner */
            owner: string;
            reason?: components["schemas"]["Reason"] | null;
            /** Recognised At */
            recognised_at?: string | null;
            /** Rejected At */
            rejected_at?: string | null;
            result?: components["schemas"]["RecognitionResult"] | null;
            status: components["schemas"]["ImageStatus"];
            /** Uri */
            uri?: string | null;
        };
        /**
         * Instance
         * @description The box of one object of a kind, with the detector's confidence from 0 to 1.
         */
        Instance: {
            box: components["schemas"]["Box"];
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
        };
        /**
         * Interval
         * @description The interval by which results are counted over time, in UTC.
         * @enum {string}
         */
        Interval: "hour" | "day" | "week" | "month";
        /**
         * InvalidFields
         * @description A problem that lists the invalid fields of the request.
         */
        InvalidFields: {
            /** Detail */
            detail: string;
            /**
             * Errors
             * @example [
             *       {
             *         "field": "limit",
             *         "message": "This is not a whole number. For example: 50"
             *       }
             *     ]
             */
            errors: components["schemas"]["FieldError"][];
            /**
             * Status
             * @example 422
             */
            status: number;
            /**
             * Title
             * @example Invalid request
             */
            title: string;
            /**
             * Type
             * @example urn:vedette:problem:invalid-request
             */
            type: string;
        };
        /**
         * InvitationView
         * @description An open invitation, without the token that its e-mail contains.
         */
        InvitationView: {
            /**
             * Counts
             * @description Whether it is still valid. False once its maker may no longer invite.
             */
            counts: boolean;
            /**
             * Email
             * Format: email
             */
            email: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Invited By
             * Format: uuid
             */
            invited_by: string;
            /**
             * Made At
             * Format: date-time
             */
            made_at: string;
            /** Name */
            name?: string | null;
            /**
             * Program
             * @description The key or client that created it, as the audit trail names it.
             */
            program?: string | null;
            role: components["schemas"]["Role"];
            /** Workspaces */
            workspaces: string[];
        };
        /**
         * InvitationWish
         * @description Whom to invite, and the role and workspaces that they will have.
         */
        InvitationWish: {
            /**
             * Email
             * Format: email
             * @example ada@shop.example
             */
            email: string;
            /** Name */
            name?: string | null;
            /** @default user */
            role?: components["schemas"]["Role"];
            /**
             * Workspaces
             * @default []
             */
            workspaces?: string[];
        };
        /**
         * Invited
         * @description An invitation that was created. Its `id` identifies it in the list of open invitations.
         */
        Invited: {
            /**
             * Detail
             * @default If a message may be sent to this address, it is on its way.
             */
            detail?: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
        };
        /**
         * IssuedTicket
         * @description A new ticket.
         */
        IssuedTicket: {
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Ticket */
            ticket: string;
        };
        /**
         * ItemOutcome
         * @description How an item ended.
         */
        ItemOutcome: {
            /** Detail */
            detail?: string | null;
            reason?: components["schemas"]["Reason"] | null;
            state: components["schemas"]["ItemState"];
        };
        /**
         * ItemPage
         * @description Part of a job's items; `next_after` asks for the part after it.
         */
        ItemPage: {
            /** Items */
            items: components["schemas"]["ItemView"][];
            /** Next After */
            next_after?: number | null;
        };
        /**
         * ItemState
         * @description What became of one item of a job.
         * @enum {string}
         */
        ItemState: "refused" | "accepted" | "recognised" | "rejected" | "deleted";
        /**
         * ItemView
         * @description One item of a job.
         */
        ItemView: {
            /** Image Id */
            image_id?: string | null;
            /** Number */
            number: number;
            outcome?: components["schemas"]["ItemOutcome"] | null;
            /** Problem */
            problem?: string | null;
            /** Source */
            source: string;
            /** State */
            state: string;
            /** Uri */
            uri?: string | null;
        };
        /**
         * JobData
         * @description How one job ended.
         */
        JobData: {
            /**
             * Began At
             * Format: date-time
             * @description When the job was created.
             */
            began_at: string;
            /**
             * Detail
             * @description One sentence for people, for example why the job failed.
             * @default null
             */
            detail?: string | null;
            /** @description How the job ended. */
            end: components["schemas"]["JobEnd"];
            /**
             * Finished At
             * Format: date-time
             * @description When the job ended.
             */
            finished_at: string;
            /**
             * Found
             * @description How many images the job was about.
             */
            found: number;
            /**
             * Job Id
             * @description The job's id.
             */
            job_id: string;
            /**
             * Recognised
             * @description How many of these were recognised.
             */
            recognised: number;
            /**
             * Rejected
             * @description How many of these were rejected.
             */
            rejected: number;
            /**
             * Workspace
             * @description The workspace to which the job belongs.
             * @example shop
             */
            workspace: string;
        };
        /**
         * JobEnd
         * @description How a job ended.
         * @enum {string}
         */
        JobEnd: "done" | "cancelled" | "failed";
        /**
         * JobPage
         * @description Part of a workspace's jobs; `next_cursor` asks for the part after it.
         */
        JobPage: {
            /** Items */
            items: components["schemas"]["JobState"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * JobState
         * @description A job and how far it has come.
         */
        JobState: {
            /**
             * Accepted
             * @description Items whose references were published.
             */
            accepted: number;
            /** Began At */
            began_at?: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Deleted
             * @description Images that were deleted before the job ended.
             */
            deleted: number;
            /** Ended At */
            ended_at?: string | null;
            /**
             * Error
             * @description Why the job failed.
             */
            error?: string | null;
            /**
             * Expected End
             * @description When the last outcome is expected. Absent until the whole source was read.
             */
            expected_end?: string | null;
            /** Features */
            features?: components["schemas"]["Feature"][] | null;
            /**
             * Found
             * @description Items that were found in the source so far.
             */
            found: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Owner */
            owner: string;
            /**
             * Pace
             * @description Outcomes a second since the job began.
             */
            pace?: number | null;
            /** Pipeline */
            pipeline?: string | null;
            /**
             * Quota Until
             * @description Present while the job waits because the daily quota of whoever created it is used up. It goes on then, or earlier if the quota allows more.
             */
            quota_until?: string | null;
            /** Recognised */
            recognised: number;
            /**
             * Refused
             * @description Items that were not published; the list of items says why.
             */
            refused: number;
            /** Rejected */
            rejected: number;
            /**
             * Remaining
             * @description Images that were accepted and have no outcome yet.
             */
            remaining: number;
            /**
             * Results
             * @description The formats of the result files that are there.
             * @default []
             */
            results?: components["schemas"]["ExportFormat"][];
            /** Source */
            source: components["schemas"]["PrefixSource"] | components["schemas"]["ManifestSource"] | components["schemas"]["SearchSource"];
            /**
             * State
             * @description `waiting`, `publishing`, `recognising`, `writing`, `finished`, `cancelled`, `failed`, or `interrupted` if a restored backup held it unfinished.
             * @example publishing
             */
            state: string;
        };
        /**
         * JobWish
         * @description The job to create.
         * @example {
         *       "owner": "shop",
         *       "source": {
         *         "kind": "prefix",
         *         "uri": "s3://shop-media/2026/"
         *       }
         *     }
         */
        JobWish: {
            /**
             * Features
             * @description The features to recognise. Default: the workspace's default features. A search asks for those that were answered before.
             */
            features?: components["schemas"]["Feature"][] | null;
            /**
             * Formats
             * @description The formats of the result files that are written at the end.
             * @default [
             *       "jsonl"
             *     ]
             */
            formats?: components["schemas"]["ExportFormat"][];
            /**
             * Owner
             * @description The workspace. Default: your workspace, if you have only one.
             */
            owner?: string | null;
            /**
             * Pipeline
             * @description The pipeline that answers. Default: the promoted one. A search needs one.
             * @example standard@3
             */
            pipeline?: string | null;
            /** Source */
            source: components["schemas"]["PrefixSource"] | components["schemas"]["ManifestSource"] | components["schemas"]["SearchSource"];
        };
        /**
         * Jwks
         * @description A JSON Web Key Set (RFC 7517).
         */
        Jwks: {
            /** Keys */
            keys: {
                [key: string]: string;
            }[];
        };
        /**
         * KeepingTimes
         * @description How many days a workspace keeps what. Absent: for ever.
         * @example {
         *       "results_days": 365
         *     }
         */
        KeepingTimes: {
            /**
             * Pictures Days
             * @description The days for which uploaded pictures are kept.
             */
            pictures_days?: number | null;
            /**
             * References Days
             * @description The days for which images without a result are kept, from their newest reference on.
             */
            references_days?: number | null;
            /**
             * Results Days
             * @description The days for which images that were recognised are kept, with all results, from their newest reference on.
             */
            results_days?: number | null;
        };
        /**
         * KeyWish
         * @description The API key to create.
         * @example {
         *       "name": "Scanner in the warehouse",
         *       "scopes": [
         *         "images:write"
         *       ],
         *       "workspaces": [
         *         "shop"
         *       ]
         *     }
         */
        KeyWish: {
            /**
             * Lifetime Days
             * @description After how many days the key expires. With null, it never expires.
             * @default 365
             */
            lifetime_days?: number | null;
            /**
             * Name
             * @description A name for people, for example where the key is used.
             */
            name: string;
            /**
             * Scopes
             * @description The scopes of the key.
             */
            scopes: components["schemas"]["Scope"][];
            /**
             * Workspaces
             * @description The workspaces that the key may reach. Default: all of yours.
             */
            workspaces?: string[] | null;
        };
        /**
         * Label
         * @description One label with the model's confidence from 0 to 1, and its place in the hierarchy if the model has one.
         */
        Label: {
            /**
             * Aliases
             * @description Other names of the label.
             * @default null
             */
            aliases?: string[] | null;
            /**
             * Categories
             * @description The names of the label's categories.
             * @default null
             */
            categories?: string[] | null;
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
            /**
             * Instances
             * @description The objects of exactly this kind. Present only if `objects` was requested and some were found.
             * @default null
             */
            instances?: components["schemas"]["Instance"][] | null;
            /**
             * Name
             * @description The label's name, as the model gives it.
             */
            name: string;
            /**
             * Parents
             * @description The names of everything more general, such as *dog* and *animal*, the nearest first.
             * @default null
             */
            parents?: string[] | null;
        };
        /**
         * LabelsAnswer
         * @description Labels, in descending order of confidence, what stands above them, and whether the model knows the image.
         */
        LabelsAnswer: {
            /**
             * Categories
             * @description Broad categories, in descending order of confidence.
             * @default null
             */
            categories?: components["schemas"]["Category"][] | null;
            /**
             * Known
             * @description How the image ranks among images of the model's classes: 5 % of these are below 0.05. Absent if the model's card does not say how to tell.
             * @default null
             */
            known?: number | null;
            /**
             * Label Tree
             * @description Labels and everything more general, in descending order of confidence.
             * @default null
             */
            label_tree?: components["schemas"]["TreeNode"][] | null;
            /**
             * Labels
             * @description Labels, in descending order of confidence.
             */
            labels: components["schemas"]["Label"][];
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
        };
        /**
         * LagState
         * @description What one consumer group has not acknowledged of one topic, as this process saw it in the last minute.
         */
        LagState: {
            /**
             * Deleted
             * @description The number of messages that Kafka has deleted before the group could read them.
             */
            deleted: number;
            /** Group */
            group: string;
            /**
             * Oldest S
             * @description The age of the oldest waiting message, in seconds.
             */
            oldest_s?: number | null;
            /**
             * Retention S
             * @description How long Kafka keeps a message of this topic, in seconds.
             */
            retention_s?: number | null;
            /** Topic */
            topic: string;
            /**
             * Waiting
             * @description The number of messages. Messages on the retry topics wait for their time.
             */
            waiting: number;
            /**
             * Warning
             * @description True if the oldest message has reached half of the retention time, or if messages were deleted.
             */
            warning: boolean;
        };
        /**
         * LetterState
         * @description The state of a dead letter.
         * @enum {string}
         */
        LetterState: "open" | "replayed" | "discarded" | "all";
        /**
         * Links
         * @description Links to related resources.
         */
        Links: {
            /**
             * History
             * @example /v1/images/mug-1/history?owner=shop
             */
            history: string;
            /**
             * Self
             * @example /v1/images/mug-1?owner=shop
             */
            self: string;
        };
        /**
         * LiveOutcome
         * @description One outcome: an image was recognised, rejected or deleted.
         */
        LiveOutcome: {
            /**
             * At
             * Format: date-time
             * @description When the outcome was made.
             */
            at: string;
            /**
             * Detail
             * @description One sentence about why the image was rejected.
             * @default null
             */
            detail?: string | null;
            /** @description What became of the image. */
            event: components["schemas"]["OutcomeKind"];
            /**
             * Id
             * @description The name of the outcome. It is the same whenever the outcome is told again.
             * @example image-references:3:1207:standard@3
             */
            id: string;
            /**
             * Image Id
             * @description The image's name in its workspace.
             * @example cat-1
             */
            image_id: string;
            /**
             * Owner
             * @description The workspace to which the image belongs.
             * @example shop
             */
            owner: string;
            /**
             * Pipeline
             * @description The pipeline that answered, if one did.
             * @default null
             */
            pipeline?: string | null;
            /**
             * Promoted
             * @description Whether the pipeline was the promoted one when it answered.
             * @default true
             */
            promoted?: boolean;
            /**
             * @description Why the image was rejected.
             * @default null
             */
            reason?: components["schemas"]["Reason"] | null;
            /**
             * Replayed
             * @description Whether it answers a replay of history.
             * @default false
             */
            replayed?: boolean;
            /**
             * @description What was recognised.
             * @default null
             */
            result?: components["schemas"]["RecognitionResult"] | null;
            /**
             * Sequence
             * @description The number that orders the outcomes of one image: that of the reference, or of the deletion. An outcome with a lower number than the last one is out of date.
             */
            sequence: number;
            /**
             * Uri
             * @description The rejected reference's URI without secrets.
             * @default null
             */
            uri?: string | null;
        };
        /**
         * Location
         * @description A place on earth, in degrees (WGS 84).
         */
        Location: {
            /**
             * Lat
             * @description Degrees north, negative in the south.
             */
            lat: number;
            /**
             * Lon
             * @description Degrees east, negative in the west.
             */
            lon: number;
        };
        /**
         * LoggedIn
         * @description An access token to send as ``Authorization: Bearer …``, valid for ``expires_in`` seconds, and a refresh token.
         */
        LoggedIn: {
            /** Access Token */
            access_token: string;
            /**
             * Expires In
             * @example 900
             */
            expires_in: number;
            /**
             * Refresh Token
             * @description Use this once at POST /v1/auth/refresh. A second use ends the session.
             */
            refresh_token: string;
            /**
             * Token Type
             * @default Bearer
             * @constant
             */
            token_type?: "Bearer";
        };
        /**
         * LogIn
         * @description An account's e-mail address and password.
         * @example {
         *       "email": "ada@shop.example",
         *       "password": "seven words picked by dice"
         *     }
         */
        LogIn: {
            /** Email */
            email: string;
            /**
             * Password
             * Format: password
             */
            password: string;
        };
        /**
         * MadeClient
         * @description A new OAuth client. Its secret is shown only now and stored nowhere.
         */
        MadeClient: {
            /** Active */
            active: boolean;
            /** Client Id */
            client_id: string;
            /**
             * Client Secret
             * @description The client's secret. Only confidential clients have one.
             * @example vds_…
             */
            client_secret?: string | null;
            /** Confidential */
            confidential: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Grants */
            grants: components["schemas"]["Grant"][];
            /** Name */
            name: string;
            /** Native */
            native: boolean;
            /** Redirect Uris */
            redirect_uris: string[];
            /** Revoked At */
            revoked_at?: string | null;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Suspended At
             * @description When a restore suspended it. It stays unusable until an administrator releases it.
             */
            suspended_at?: string | null;
            /** Workspaces */
            workspaces?: string[] | null;
        };
        /**
         * MadeEndpoint
         * @description A new endpoint. Its secret is shown only now.
         */
        MadeEndpoint: {
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Description */
            description: string;
            /**
             * Disabled At
             * @description When the platform disabled it. Enable it with `enabled: true`.
             */
            disabled_at?: string | null;
            /**
             * Disabled Because
             * @description Why the platform disabled it.
             */
            disabled_because?: string | null;
            /**
             * Enabled
             * @description Whether an administrator wants events to be sent.
             */
            enabled: boolean;
            /** Events */
            events: components["schemas"]["WebhookType"][];
            /**
             * Failing Since
             * @description When the first delivery failed after the last one that succeeded.
             */
            failing_since?: string | null;
            filters: components["schemas"]["OutcomeFilters"];
            /**
             * Id
             * @example we_mfzwc3tfmn2gk4tjmfzwc3tfmn
             */
            id: string;
            /**
             * Old Secret Until
             * @description Until when deliveries also carry the signature of the earlier secret.
             */
            old_secret_until?: string | null;
            /**
             * Owner
             * @description The workspace.
             * @example shop
             */
            owner: string;
            /** Replayed */
            replayed: boolean;
            /**
             * Secret
             * @description The secret that verifies deliveries.
             * @example whsec_…
             */
            secret: string;
            /** Unpromoted */
            unpromoted: boolean;
            /** Url */
            url: string;
        };
        /**
         * MadeKey
         * @description A new API key. The key is shown only now and stored nowhere.
         */
        MadeKey: {
            /** Active */
            active: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at?: string | null;
            /**
             * Key
             * @description The key. Send it as `Authorization: Bearer …`.
             * @example vdt_k3v9x0c1ab_…
             */
            key: string;
            /** Name */
            name: string;
            /**
             * Prefix
             * @description The key begins with `vdt_` and this prefix.
             * @example k3v9x0c1ab
             */
            prefix: string;
            /** Revoked At */
            revoked_at?: string | null;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Suspended At
             * @description When a restore suspended it. It stays unusable until an administrator releases it.
             */
            suspended_at?: string | null;
            /**
             * Used At
             * @description The time of the last use, accurate to about an hour.
             */
            used_at?: string | null;
            /** Workspaces */
            workspaces?: string[] | null;
        };
        /**
         * ManifestFormat
         * @description The format of a manifest.
         * @enum {string}
         */
        ManifestFormat: "jsonl" | "csv";
        /**
         * ManifestSource
         * @description A list of references in an object store, on a web server, or one that was uploaded with the job.
         */
        ManifestSource: {
            /** @default jsonl */
            format?: components["schemas"]["ManifestFormat"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "manifest";
            /**
             * Uri
             * @description The manifest's address, with the scheme s3, gs, az or https. Absent if it was uploaded.
             * @example s3://shop-media/manifest.jsonl
             */
            uri?: string | null;
        };
        /**
         * Message
         * @description A rejected message as it was published, except for what may be a signature, a password or a token.
         */
        Message: {
            /** Headers */
            headers: [
                string,
                string | null
            ][];
            /** Key */
            key?: string | null;
            /** Topic */
            topic: string;
            /** Value */
            value: string;
        };
        /**
         * Metadata
         * @description The metadata of this authorization server (RFC 8414).
         */
        Metadata: {
            /** Authorization Endpoint */
            authorization_endpoint: string;
            /**
             * Authorization Response Iss Parameter Supported
             * @default true
             */
            authorization_response_iss_parameter_supported?: boolean;
            /**
             * Code Challenge Methods Supported
             * @default [
             *       "S256"
             *     ]
             */
            code_challenge_methods_supported?: string[];
            /**
             * Grant Types Supported
             * @default [
             *       "authorization_code",
             *       "refresh_token",
             *       "client_credentials"
             *     ]
             */
            grant_types_supported?: string[];
            /** Issuer */
            issuer: string;
            /** Jwks Uri */
            jwks_uri: string;
            /**
             * Response Modes Supported
             * @default [
             *       "query"
             *     ]
             */
            response_modes_supported?: string[];
            /**
             * Response Types Supported
             * @default [
             *       "code"
             *     ]
             */
            response_types_supported?: string[];
            /** Revocation Endpoint */
            revocation_endpoint: string;
            /**
             * Revocation Endpoint Auth Methods Supported
             * @default [
             *       "client_secret_basic",
             *       "client_secret_post",
             *       "none"
             *     ]
             */
            revocation_endpoint_auth_methods_supported?: string[];
            /** Scopes Supported */
            scopes_supported: string[];
            /** Token Endpoint */
            token_endpoint: string;
            /**
             * Token Endpoint Auth Methods Supported
             * @default [
             *       "client_secret_basic",
             *       "client_secret_post",
             *       "none"
             *     ]
             */
            token_endpoint_auth_methods_supported?: string[];
        };
        /**
         * ModerationAnswer
         * @description What may be unfit to be shown, in descending order of confidence.
         *
         *     Empty if no category reached its threshold. That proves nothing of what the model was not made to tell.
         */
        ModerationAnswer: {
            /**
             * Categories
             * @description The categories that reached their thresholds, in descending order of confidence.
             */
            categories: components["schemas"]["ModerationCategory"][];
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
        };
        /**
         * ModerationCategory
         * @description One category of what may be unfit to be shown, with a confidence from 0 to 1.
         *
         *     The taxonomy has two levels: ``parent`` is the category above this one, and absent in those of the upper level.
         */
        ModerationCategory: {
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
            /**
             * Name
             * @description The category's name.
             */
            name: string;
            /**
             * Parent
             * @description The category above. Absent in those of the upper level.
             * @default null
             */
            parent?: string | null;
        };
        /**
         * NewPassword
         * @description The token from the e-mail, and the new password.
         */
        NewPassword: {
            /**
             * Password
             * Format: password
             */
            password: string;
            /**
             * Token
             * Format: password
             */
            token: string;
        };
        /**
         * NewSecret
         * @description A new secret. It is shown only now.
         */
        NewSecret: {
            /**
             * Old Secret Until
             * @description Until when deliveries also carry the signature of the earlier secret.
             */
            old_secret_until?: string | null;
            /**
             * Secret
             * @description The secret that verifies deliveries.
             * @example whsec_…
             */
            secret: string;
        };
        /**
         * OAuthProblem
         * @description An OAuth error response (RFC 6749, section 5.2).
         */
        OAuthProblem: {
            /**
             * Error
             * @example invalid_grant
             */
            error: string;
            /** Error Description */
            error_description?: string | null;
        };
        /**
         * ObjectsAnswer
         * @description Objects, in descending order of confidence, and the nodes of the hierarchy that they belong to.
         *
         *     Empty if none was found.
         */
        ObjectsAnswer: {
            /**
             * Categories
             * @description Broad categories, in descending order of confidence.
             * @default null
             */
            categories?: components["schemas"]["Category"][] | null;
            /**
             * Label Tree
             * @description Labels and everything more general, in descending order of confidence.
             * @default null
             */
            label_tree?: components["schemas"]["TreeNode"][] | null;
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
            /**
             * Objects
             * @description Objects, in descending order of confidence.
             */
            objects: components["schemas"]["DetectedObject"][];
        };
        /**
         * Origin
         * @description The position of a reference in Kafka, to which every answer can be traced back.
         */
        Origin: {
            /**
             * Appended At Ms
             * @description The broker's append time, in milliseconds since 1970.
             */
            appended_at_ms: number;
            /**
             * Offset
             * @description The offset of the message in the partition.
             */
            offset: number;
            /**
             * Partition
             * @description The topic's partition.
             */
            partition: number;
            /**
             * Sequence
             * @description The number that orders the references to one image. It is larger than that of every earlier reference in the partition, and not less than the append time in microseconds.
             * @default null
             */
            sequence?: number | null;
            /**
             * Topic
             * @description The topic that the reference was published to.
             */
            topic: string;
        };
        /**
         * Outcome
         * @description How an act ended that was recorded before it began: `failed` (nothing was done), `unknown`, or `done`.
         * @enum {string}
         */
        Outcome: "failed" | "unknown" | "done";
        /**
         * OutcomeFilters
         * @description The filters of ``/v1/results``, under the same names: an endpoint hears of images that match all of them.
         */
        OutcomeFilters: {
            /**
             * Camera
             * @description Only images of this camera, as EXIF names it.
             */
            camera?: string | null;
            /**
             * Category
             * @description Only images in this category.
             */
            category?: string | null;
            /**
             * Exclude Label
             * @description Only images that do not show any of these.
             * @default []
             */
            exclude_label?: string[];
            /**
             * Label
             * @description Only images that show this, or something beneath it.
             */
            label?: string | null;
            /**
             * Label Exact
             * @description Only images with a label of exactly this name.
             */
            label_exact?: string | null;
            /**
             * Max Faces
             * @description Only images with at most so many faces.
             */
            max_faces?: number | null;
            /**
             * Max Known
             * @description Only images whose `known` is below this.
             */
            max_known?: number | null;
            /**
             * Metadata
             * @description Only images with this metadata.
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * Min Confidence
             * @description The minimum confidence of what is named, or of the top label.
             */
            min_confidence?: number | null;
            /**
             * Min Faces
             * @description Only images with at least so many faces.
             */
            min_faces?: number | null;
            /**
             * Min Known
             * @description Only images whose `known` is at least this.
             */
            min_known?: number | null;
            /**
             * Moderation
             * @description Only images in this category of moderation, or in one beneath it.
             */
            moderation?: string | null;
            /**
             * Object
             * @description Only images that show an object with this name.
             */
            object?: string | null;
            /**
             * Pipeline
             * @description Only answers of this pipeline.
             */
            pipeline?: string | null;
            /** @description Only images rejected for this reason. */
            reason?: components["schemas"]["Reason"] | null;
            /**
             * Since
             * @description Only outcomes at or after this time.
             */
            since?: string | null;
            /**
             * Taken Since
             * @description Only images that EXIF says were taken at or after this time.
             */
            taken_since?: string | null;
            /**
             * Taken Until
             * @description Only images taken before this time.
             */
            taken_until?: string | null;
            /**
             * Until
             * @description Only outcomes before this time.
             */
            until?: string | null;
        };
        /**
         * OutcomeKind
         * @description What became of an image.
         * @enum {string}
         */
        OutcomeKind: "recognised" | "rejected" | "deleted";
        /** Page[AccountView] */
        Page_AccountView_: {
            /** Items */
            items: components["schemas"]["AccountView"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[ActivityItem] */
        Page_ActivityItem_: {
            /** Items */
            items: components["schemas"]["ActivityItem"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[ApiKeyView] */
        Page_ApiKeyView_: {
            /** Items */
            items: components["schemas"]["ApiKeyView"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[Bucket] */
        Page_Bucket_: {
            /** Items */
            items: components["schemas"]["Bucket"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[ClientView] */
        Page_ClientView_: {
            /** Items */
            items: components["schemas"]["ClientView"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[ConsentView] */
        Page_ConsentView_: {
            /** Items */
            items: components["schemas"]["ConsentView"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[DeadLetter] */
        Page_DeadLetter_: {
            /** Items */
            items: components["schemas"]["DeadLetter"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[Delivery] */
        Page_Delivery_: {
            /** Items */
            items: components["schemas"]["Delivery"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[EndpointView] */
        Page_EndpointView_: {
            /** Items */
            items: components["schemas"]["EndpointView"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[Erasure] */
        Page_Erasure_: {
            /** Items */
            items: components["schemas"]["Erasure"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[ImageView] */
        Page_ImageView_: {
            /** Items */
            items: components["schemas"]["ImageView"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[InvitationView] */
        Page_InvitationView_: {
            /** Items */
            items: components["schemas"]["InvitationView"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[RecognitionResult] */
        Page_RecognitionResult_: {
            /** Items */
            items: components["schemas"]["RecognitionResult"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[ResultSummary] */
        Page_ResultSummary_: {
            /** Items */
            items: components["schemas"]["ResultSummary"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[SimilarImage] */
        Page_SimilarImage_: {
            /** Items */
            items: components["schemas"]["SimilarImage"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[TimelineEntry] */
        Page_TimelineEntry_: {
            /** Items */
            items: components["schemas"]["TimelineEntry"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[Workspace] */
        Page_Workspace_: {
            /** Items */
            items: components["schemas"]["Workspace"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * ParitySummary
         * @description The result of a model's verification, as recorded when the model was promoted.
         */
        ParitySummary: {
            /** Model */
            model: string;
            /** Passed */
            passed: boolean;
            /** Pictures */
            pictures: number;
            /** Sha256 */
            sha256: string;
            /**
             * Verified At
             * Format: date-time
             */
            verified_at: string;
        };
        /**
         * PasswordChange
         * @description The present password and the new one.
         */
        PasswordChange: {
            /**
             * New Password
             * Format: password
             */
            new_password: string;
            /**
             * Password
             * Format: password
             */
            password: string;
        };
        /**
         * Pipeline
         * @description A named and numbered set of models, one for each feature.
         *
         *     Algorithms that need no model are listed like models.
         */
        Pipeline: {
            /** Models */
            models: {
                [key: string]: string;
            };
            /** Name */
            name: string;
            /** Version */
            version: number;
        };
        /**
         * PipelineList
         * @description Every pipeline, the promoted one, and the history of promotions, newest last.
         */
        PipelineList: {
            /** Items */
            items: components["schemas"]["Pipeline"][];
            /**
             * Promoted
             * @example standard@2
             */
            promoted: string;
            /**
             * Promotions
             * @description The last 100 changes.
             */
            promotions: components["schemas"]["Promotion"][];
        };
        /**
         * PlatformState
         * @description The state of the platform: which systems respond, what waits, and which pipeline is promoted.
         */
        PlatformState: {
            /**
             * Backlog
             * @description What waits for recognition, by topic.
             */
            backlog: {
                [key: string]: components["schemas"]["TopicState"];
            };
            /**
             * Lag
             * @description What each consumer group has not acknowledged, by group and topic. Absent if it is not known.
             */
            lag?: components["schemas"]["LagState"][] | null;
            /**
             * Pipeline
             * @description The promoted pipeline.
             * @example standard@2
             */
            pipeline: string;
            /**
             * Ready
             * @description Whether all systems respond.
             */
            ready: boolean;
            /**
             * Retention
             * @description Workspaces that do not keep everything for ever, and what was removed last.
             */
            retention: components["schemas"]["RetentionState"][];
            /** Systems */
            systems: {
                [key: string]: components["schemas"]["SystemState"];
            };
            /**
             * Unread
             * @description The most recent messages that Kafka deleted before they were read, newest first.
             */
            unread: components["schemas"]["UnreadMessages"][];
            /** Version */
            version: string;
        };
        /**
         * PrefixSource
         * @description Every picture whose key begins with a prefix of an object store.
         */
        PrefixSource: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "prefix";
            /**
             * Uri
             * @description `s3://`, `gs://` or `az://`, a bucket, and what the keys begin with.
             * @example s3://shop-media/2026/
             */
            uri: string;
        };
        /**
         * Problem
         * @description An error, described as RFC 9457 defines it.
         */
        Problem: {
            /**
             * Detail
             * @example There is no such image.
             */
            detail: string;
            /**
             * Status
             * @example 404
             */
            status: number;
            /**
             * Title
             * @example Not found
             */
            title: string;
            /**
             * Type
             * @example urn:vedette:problem:not-found
             */
            type: string;
        };
        /**
         * Profile
         * @description What you may change about your own account.
         */
        Profile: {
            /**
             * Name
             * @description Your display name. With null, it is removed.
             */
            name: string | null;
        };
        /**
         * Promotion
         * @description One promotion or rollback: which pipeline, when, by whom, and how its models had been verified.
         */
        Promotion: {
            action: components["schemas"]["schemas__pipelines__Action"];
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** By */
            by: string;
            /** Number */
            number: number;
            /**
             * Parity
             * @default []
             */
            parity?: components["schemas"]["ParitySummary"][];
            /** Pipeline */
            pipeline: string;
            /** Replaced */
            replaced: string;
        };
        /**
         * PropertiesAnswer
         * @description Properties of the whole image, computed without a model. ``model`` names the algorithm and its version.
         *
         *     Every measure is from 0 to 1. ``brightness`` is the mean luma. ``contrast`` is twice the standard deviation of the
         *     luma. ``sharpness`` is 0 for a blurred image and near 1 for an image full of crisp edges.
         */
        PropertiesAnswer: {
            /**
             * Brightness
             * @description How bright the image is.
             */
            brightness: number;
            /**
             * Contrast
             * @description How far bright and dark are apart.
             */
            contrast: number;
            /**
             * Dominant Colours
             * @description The dominant colours, in descending order of their share.
             */
            dominant_colours: components["schemas"]["DominantColour"][];
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
            /**
             * Sharpness
             * @description How crisp the edges are.
             */
            sharpness: number;
        };
        /**
         * Ready
         * @description Every external system responds.
         */
        Ready: {
            /** Checks */
            checks: {
                [key: string]: components["schemas"]["SystemState"];
            };
            /**
             * Status
             * @default ready
             * @constant
             */
            status?: "ready";
        };
        /**
         * Reason
         * @description The reason codes of rejections. They are part of the event contract.
         * @enum {string}
         */
        Reason: "invalid_json" | "invalid_reference" | "owner_not_allowed" | "unknown_workspace" | "unknown_pipeline" | "source_not_allowed" | "address_not_allowed" | "unsupported_scheme" | "not_found" | "access_denied" | "source_unavailable" | "too_large" | "empty" | "unsupported_format" | "too_many_pixels" | "corrupt_image" | "decode_timeout" | "decode_out_of_memory" | "crashed_decoder" | "deadline_passed" | "crashed_worker" | "invalid_notification" | "invalid_result" | "invalid_dead_letter" | "invalid_retry" | "message_too_large" | "oversized_batch" | "corrupt_batch" | "expired_unread";
        /**
         * Recognition
         * @description What was recognised in one picture, by which pipeline, where and when.
         */
        Recognition: {
            features: components["schemas"]["FeatureAnswers"];
            /** @description Who chose the features: the `reference`, or, if it named none, the default of its `workspace`. Absent in results from before workspaces had a default. */
            features_from?: components["schemas"]["FeaturesFrom"] | null;
            /**
             * Host
             * @description The machine on which the worker ran.
             */
            host: string;
            image: components["schemas"]["ImageFacts"];
            /**
             * Pipeline
             * @description The pipeline that answered.
             */
            pipeline: string;
            /**
             * Promoted
             * @description Whether this pipeline was the promoted one when it answered.
             * @default true
             */
            promoted?: boolean;
            /**
             * Recognised At
             * Format: date-time
             * @description When the answer was made.
             */
            recognised_at: string;
            timings: components["schemas"]["StageTimings"];
            /**
             * Warnings
             * @description What was wrong with an image that was recognised nevertheless. `truncated`: its data ends early, but at least half of its rows could be read.
             * @default []
             */
            warnings?: components["schemas"]["ResultWarning"][];
        };
        /**
         * RecognitionResult
         * @description What was recognised in one image, by which pipeline, from which message.
         */
        RecognitionResult: {
            /**
             * Correlation Id
             * @description The producer's own id for the request, from the message's header `correlation-id`.
             * @default null
             */
            correlation_id?: string | null;
            /**
             * Event
             * @description Tells this event from the others.
             * @default recognised
             * @constant
             */
            event?: "recognised";
            features: components["schemas"]["FeatureAnswers"];
            /**
             * @description Who chose the features: the `reference`, or, if it named none, the default of its `workspace`. Absent in results from before workspaces had a default.
             * @default null
             */
            features_from?: components["schemas"]["FeaturesFrom"] | null;
            /**
             * Host
             * @description The machine on which the worker ran.
             */
            host: string;
            image: components["schemas"]["ImageFacts"];
            /**
             * Image Id
             * @description The image's name in its workspace: the producer's, or derived from the URI.
             */
            image_id: string;
            /**
             * Image Key
             * @description The key of every message about the image: 40 hexadecimal digits, made of owner and image_id.
             */
            image_key: string;
            /**
             * Metadata
             * @description The reference's metadata, unchanged.
             */
            metadata?: {
                [key: string]: boolean | number | string;
            };
            origin: components["schemas"]["Origin"];
            /**
             * Owner
             * @description The workspace to which the image belongs.
             */
            owner: string;
            /**
             * Pipeline
             * @description The pipeline that answered.
             */
            pipeline: string;
            /**
             * Promoted
             * @description Whether this pipeline was the promoted one when it answered.
             * @default true
             */
            promoted?: boolean;
            /**
             * Recognised At
             * Format: date-time
             * @description When the answer was made.
             */
            recognised_at: string;
            /**
             * @description The position of the message that replayed the reference at `origin`.
             * @default null
             */
            replay?: components["schemas"]["Origin"] | null;
            /**
             * Submitted At
             * @description When the producer sent the reference, as it said.
             * @default null
             */
            submitted_at?: string | null;
            timings: components["schemas"]["StageTimings"];
            /**
             * Uri
             * @description The reference's URI without query string, fragment and user name.
             */
            uri: string;
            /**
             * Warnings
             * @description What was wrong with an image that was recognised nevertheless. `truncated`: its data ends early, but at least half of its rows could be read.
             * @default []
             */
            warnings?: components["schemas"]["ResultWarning"][];
        };
        /**
         * Recovered
         * @description How many failed deliveries are due again.
         */
        Recovered: {
            /**
             * Complete
             * @description Whether these are all. Otherwise send the request again once they were delivered.
             */
            complete: boolean;
            /**
             * Deliveries
             * @description The number of deliveries that are due again.
             */
            deliveries: number;
        };
        /**
         * Recovery
         * @description Which failed deliveries are sent again.
         * @example {
         *       "since": "2026-03-01T00:00:00Z"
         *     }
         */
        Recovery: {
            /**
             * Since
             * Format: date-time
             * @description Only deliveries of events at or after this time.
             */
            since: string;
        };
        /**
         * Refresh
         * @description The most recent refresh token.
         */
        Refresh: {
            /**
             * Refresh Token
             * Format: password
             */
            refresh_token: string;
        };
        /**
         * Refusal
         * @description A problem because there were too many requests. The Retry-After header says when to try again.
         */
        Refusal: {
            /**
             * Detail
             * @example There is no such image.
             */
            detail: string;
            /**
             * Reason
             * @description `busy`: the API handles too many requests at this moment. `backlog`: too many images wait to be recognised. `attempts`: too many log-ins failed, or too many e-mails were requested. `rate`: this account or key sends requests too often. `quota`: this account or key has sent its maximum of images for today. See also the RateLimit header.
             * @enum {string}
             */
            reason: "busy" | "backlog" | "attempts" | "rate" | "quota";
            /**
             * Status
             * @example 404
             */
            status: number;
            /**
             * Title
             * @example Not found
             */
            title: string;
            /**
             * Type
             * @example urn:vedette:problem:not-found
             */
            type: string;
        };
        /**
         * Released
         * @description The keys and clients that were released.
         */
        Released: {
            /** Clients */
            clients: string[];
            /** Keys */
            keys: string[];
        };
        /**
         * ReleaseWish
         * @description What to release: the named keys and clients, or everything that is suspended.
         * @example {
         *       "keys": [
         *         "k3v9x0c1ab"
         *       ]
         *     }
         */
        ReleaseWish: {
            /**
             * Clients
             * @default []
             */
            clients?: string[];
            /**
             * Everything
             * @description Release everything that is suspended, and ignore the names.
             * @default false
             */
            everything?: boolean;
            /**
             * Keys
             * @default []
             */
            keys?: string[];
        };
        /**
         * Removed
         * @description What one run of retention removed in one workspace.
         */
        Removed: {
            /**
             * Pictures
             * @description The number of uploaded pictures that were deleted.
             * @default 0
             */
            pictures?: number;
            /**
             * References
             * @description The number of images without a result that were deleted.
             * @default 0
             */
            references?: number;
            /**
             * Results
             * @description The number of recognised images that were deleted.
             * @default 0
             */
            results?: number;
        };
        /**
         * Resolution
         * @description What an administrator did about a dead letter.
         * @enum {string}
         */
        Resolution: "replayed" | "discarded";
        /**
         * Resolved
         * @description How many dead letters were replayed or discarded. If `next_cursor` is present, there may be more that match.
         */
        Resolved: {
            /** Next Cursor */
            next_cursor?: string | null;
            /** Resolved */
            resolved: number;
            /**
             * Skipped
             * @description How many dead letters were skipped, because their message is no longer kept or did not come from a producer.
             */
            skipped: number;
        };
        /**
         * ResultSummary
         * @description One image in a list or in search results.
         */
        ResultSummary: {
            /**
             * Camera
             * @default null
             */
            camera?: string | null;
            /**
             * Faces
             * @description The number of faces, if they were asked for; the result has their positions.
             * @default null
             */
            faces?: number | null;
            /** Image Id */
            image_id: string;
            /**
             * Known
             * @description How the image ranks among images that the model of its labels knows, from 0 to 1.
             * @default null
             */
            known?: number | null;
            /**
             * Labels
             * @default []
             */
            labels?: components["schemas"]["Label"][];
            /**
             * Moderation
             * @description Categories of moderation; the result has their confidences.
             * @default []
             */
            moderation?: string[];
            /**
             * Objects
             * @description One entry per object; its result has the positions.
             * @default []
             */
            objects?: components["schemas"]["Label"][];
            /** Owner */
            owner: string;
            /**
             * Pipeline
             * @default null
             */
            pipeline?: string | null;
            /** @default null */
            reason?: components["schemas"]["Reason"] | null;
            /**
             * Recognised At
             * @default null
             */
            recognised_at?: string | null;
            status: components["schemas"]["ImageStatus"];
            /**
             * Taken At
             * @description When EXIF says that the picture was taken. Without an offset, it is local time.
             * @default null
             */
            taken_at?: string | null;
            /**
             * Taken At Local
             * @description True if `taken_at` has no offset.
             * @default null
             */
            taken_at_local?: boolean | null;
            /**
             * Uri
             * @default null
             */
            uri?: string | null;
        };
        /**
         * ResultWarning
         * @description What was wrong with an image that was recognised nevertheless.
         * @enum {string}
         */
        ResultWarning: "truncated";
        /**
         * RetentionRun
         * @description The last run of retention in one workspace.
         */
        RetentionRun: {
            /**
             * Began At
             * Format: date-time
             */
            began_at: string;
            /**
             * Ended At
             * @description Absent while it runs, or if it was interrupted.
             */
            ended_at?: string | null;
            /**
             * @default {
             *       "results": 0,
             *       "references": 0,
             *       "pictures": 0
             *     }
             */
            removed?: components["schemas"]["Removed"];
        };
        /**
         * RetentionState
         * @description How long one workspace keeps what, and what the last run removed.
         */
        RetentionState: {
            keep: components["schemas"]["KeepingTimes"];
            /** @description Absent before the first run. */
            last_run?: components["schemas"]["RetentionRun"] | null;
            /** Workspace */
            workspace: string;
        };
        /**
         * Rights
         * @description What an account, OAuth client or workspace may do after an act. Fields that do not apply are absent.
         *
         *     Accounts have a role and ``workspaces``. Clients have ``workspaces``, ``scopes`` and ``redirect_uris``. Workspaces
         *     have ``prefixes`` and ``keep_location``.
         */
        Rights: {
            /**
             * Active
             * @description Whether the account or client may be used.
             */
            active?: boolean | null;
            /**
             * Keep Location
             * @description Whether the workspace's results keep where pictures were taken.
             */
            keep_location?: boolean | null;
            /**
             * Prefixes
             * @description The places from which the workspace's images may be fetched.
             */
            prefixes?: string[] | null;
            /**
             * Redirect Uris
             * @description The addresses to which the client's users may be sent back.
             */
            redirect_uris?: string[] | null;
            /** @description The account's role. */
            role?: components["schemas"]["Role"] | null;
            /**
             * Scopes
             * @description What the client may ask for.
             */
            scopes?: components["schemas"]["Scope"][] | null;
            /**
             * Workspaces
             * @description The workspaces that the account or client may reach.
             */
            workspaces?: string[] | null;
        };
        /**
         * Role
         * @description What an account may do.
         *
         *     A ``user`` sees its own workspaces, an ``analyst`` sees all results, an ``admin`` may do everything.
         * @enum {string}
         */
        Role: "admin" | "analyst" | "user";
        /**
         * Rotation
         * @description How long the secret that is replaced still signs, beside the new one.
         * @example {
         *       "overlap_h": 24
         *     }
         */
        Rotation: {
            /**
             * Overlap H
             * @description For how many hours each delivery carries the signatures of both secrets. With 0, the earlier secret signs nothing more, for example because somebody else has learned it.
             * @default 24
             */
            overlap_h?: number;
        };
        /**
         * SavedSearch
         * @description What a search is to find; the fields mean what the parameters of ``GET /v1/results`` do.
         */
        SavedSearch: {
            /** Camera */
            camera?: string | null;
            /** Category */
            category?: string | null;
            /**
             * Exclude Labels
             * @default []
             */
            exclude_labels?: string[];
            /** Label */
            label?: string | null;
            /** Label Exact */
            label_exact?: string | null;
            /** Max Faces */
            max_faces?: number | null;
            /** Max Known */
            max_known?: number | null;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            };
            /** Min Confidence */
            min_confidence?: number | null;
            /** Min Faces */
            min_faces?: number | null;
            /** Min Known */
            min_known?: number | null;
            /** Moderation */
            moderation?: string | null;
            /** Object */
            object?: string | null;
            /**
             * Pipeline
             * @description Only images that this pipeline answered.
             */
            pipeline?: string | null;
            /** Since */
            since?: string | null;
            /** Taken Since */
            taken_since?: string | null;
            /** Taken Until */
            taken_until?: string | null;
            /**
             * Text
             * @description Words that must all occur.
             */
            text?: string | null;
            /** Until */
            until?: string | null;
        };
        /**
         * Action
         * @description What was done. The values are part of the event contract.
         * @enum {string}
         */
        schemas__activity__Action: "dead_letter.shown" | "dead_letter.replayed" | "dead_letter.discarded" | "image.deleted" | "backup.created" | "backup.restored" | "backup.deleted" | "account.logged_in" | "account.log_in_failed" | "account.logged_out" | "session.refreshed" | "session.refresh_reused" | "account.created" | "account.invited" | "invitation.withdrawn" | "account.registered" | "account.changed" | "account.closed" | "account.reopened" | "account.sessions_ended" | "account.password_changed" | "account.password_reset" | "account.mail_asked" | "workspace.created" | "workspace.changed" | "workspace.deleted" | "workspace.member_added" | "workspace.member_removed" | "api_key.created" | "api_key.revoked" | "client.created" | "client.changed" | "client.revoked" | "client.refused" | "client.session_begun" | "client.session_ended" | "client.code_reused" | "consent.given" | "consent.refused" | "consent.withdrawn" | "signing_keys.rotated" | "model.added" | "model.removed" | "pipeline.created" | "pipeline.removed" | "pipeline.promoted" | "pipeline.rolled_back" | "model.recorded" | "api_key.released" | "client.released" | "index.rebuilt" | "history.replayed" | "results.exported" | "job.created" | "job.cancelled" | "platform.migrated" | "audit.verified" | "webhook.created" | "webhook.changed" | "webhook.deleted" | "webhook.secret_rotated" | "webhook.disabled" | "webhook.tested" | "webhook.resent" | "webhook.secrets_encrypted" | "erasure.begun" | "erasure.ended";
        /**
         * Action
         * @description How a pipeline became the promoted one.
         * @enum {string}
         */
        schemas__pipelines__Action: "promote" | "rollback";
        /**
         * Scope
         * @description One kind of permission. A route requires one scope; an API key has those that it was created with.
         * @enum {string}
         */
        Scope: "images:write" | "results:read" | "activity:read" | "audit:read" | "dead-letters:read" | "dead-letters:write" | "accounts:admin" | "models:admin" | "profile:read" | "account";
        /**
         * SearchSource
         * @description Images that were recognised before, for another pipeline to recognise once more.
         */
        SearchSource: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "search";
            /**
             * @default {
             *       "exclude_labels": [],
             *       "metadata": {}
             *     }
             */
            search?: components["schemas"]["SavedSearch"];
        };
        /**
         * Sent
         * @description The response, whether or not an e-mail was sent.
         */
        Sent: {
            /**
             * Detail
             * @default If a message may be sent to this address, it is on its way.
             */
            detail?: string;
        };
        /**
         * ShownLetter
         * @description A dead letter and its message. The message is absent if Kafka no longer keeps it.
         */
        ShownLetter: {
            letter: components["schemas"]["DeadLetter"];
            message?: components["schemas"]["Message"] | null;
        };
        /**
         * SimilarImage
         * @description An image that is similar to another.
         */
        SimilarImage: {
            /** Camera */
            camera?: string | null;
            /**
             * Distance Bits
             * @description In how many of the 64 bits the hashes differ.
             */
            distance_bits?: number | null;
            /**
             * Faces
             * @description The number of faces, if they were asked for; the result has their positions.
             */
            faces?: number | null;
            /** Image Id */
            image_id: string;
            /**
             * Known
             * @description How the image ranks among images that the model of its labels knows, from 0 to 1.
             */
            known?: number | null;
            /**
             * Labels
             * @default []
             */
            labels?: components["schemas"]["Label"][];
            /**
             * Moderation
             * @description Categories of moderation; the result has their confidences.
             * @default []
             */
            moderation?: string[];
            /**
             * Objects
             * @description One entry per object; its result has the positions.
             * @default []
             */
            objects?: components["schemas"]["Label"][];
            /** Owner */
            owner: string;
            /** Pipeline */
            pipeline?: string | null;
            reason?: components["schemas"]["Reason"] | null;
            /** Recognised At */
            recognised_at?: string | null;
            /**
             * Similarity
             * @description The cosine of the embeddings' angle. 1 means the same.
             */
            similarity?: number | null;
            status: components["schemas"]["ImageStatus"];
            /**
             * Taken At
             * @description When EXIF says that the picture was taken. Without an offset, it is local time.
             */
            taken_at?: string | null;
            /**
             * Taken At Local
             * @description True if `taken_at` has no offset.
             */
            taken_at_local?: boolean | null;
            /** Uri */
            uri?: string | null;
        };
        /**
         * Stage
         * @description A stage in the life of an image.
         * @enum {string}
         */
        Stage: "announced" | "accepted" | "recognised" | "rejected" | "discarded" | "deleted";
        /**
         * StageTimings
         * @description How long each stage took, in milliseconds.
         *
         *     ``inference_ms`` is the time for the whole batch of ``batch_size`` images.
         */
        StageTimings: {
            /**
             * Batch Size
             * @description How many images were answered together.
             */
            batch_size: number;
            /**
             * Decode Ms
             * @description The time to decode the image.
             */
            decode_ms: number;
            /**
             * Fetch Ms
             * @description The time to fetch the image.
             */
            fetch_ms: number;
            /**
             * Inference Ms
             * @description The time to answer the features of the whole batch.
             */
            inference_ms: number;
            /**
             * Queue Ms
             * @description The time from the broker's append until the worker took the message.
             */
            queue_ms: number;
        };
        /**
         * Statistics
         * @description Counts over the images that match. For names, the 20 most frequent are returned.
         */
        Statistics: {
            /**
             * Cameras
             * @description Counts by the camera that EXIF names.
             * @default []
             */
            cameras?: components["schemas"]["Bucket"][];
            /** Categories */
            categories: components["schemas"]["Bucket"][];
            /**
             * Confidences
             * @description Counts by the confidence of the top label. `key` is the lower bound.
             */
            confidences: components["schemas"]["Bucket"][];
            /**
             * Faces
             * @description The number of images by how many faces were found in each.
             */
            faces: components["schemas"]["Bucket"][];
            interval: components["schemas"]["Interval"];
            /**
             * Known
             * @description Counts by `known`. `key` is the lower bound.
             * @default []
             */
            known?: components["schemas"]["Bucket"][];
            /**
             * Label Tree
             * @description Images by what they show: labels and everything more general.
             */
            label_tree: components["schemas"]["Bucket"][];
            /** Labels */
            labels: components["schemas"]["Bucket"][];
            /**
             * Moderation
             * @description The number of images in each category of moderation.
             */
            moderation: components["schemas"]["Bucket"][];
            /**
             * Objects
             * @description The number of images that show each object at least once.
             */
            objects: components["schemas"]["Bucket"][];
            /**
             * Over Time
             * @description Counts by the outcome's time. `key` is the interval's start.
             */
            over_time: components["schemas"]["Bucket"][];
            /** Owners */
            owners: components["schemas"]["Bucket"][];
            /** Pipelines */
            pipelines: components["schemas"]["Bucket"][];
            /** Reasons */
            reasons: components["schemas"]["Bucket"][];
            /** Statuses */
            statuses: components["schemas"]["Bucket"][];
            /** Total */
            total: number;
        };
        /**
         * StreamEnd
         * @description The last message of a stream.
         */
        StreamEnd: {
            /**
             * Detail
             * @description One sentence for people: what happened, and what to do next.
             */
            detail: string;
            reason: components["schemas"]["EndReason"];
        };
        /**
         * StreamTime
         * @description The server's time, in the first message of a stream and in each heartbeat.
         */
        StreamTime: {
            /**
             * At
             * Format: date-time
             */
            at: string;
        };
        /**
         * Submission
         * @description Images of one workspace, at most 100.
         * @example {
         *       "images": [
         *         {
         *           "image_id": "mug-1",
         *           "metadata": {
         *             "sku": "A-17"
         *           },
         *           "uri": "s3://shop-media/mug.jpg"
         *         }
         *       ],
         *       "owner": "shop"
         *     }
         */
        Submission: {
            /** Images */
            images: components["schemas"]["SubmittedImage"][];
            /**
             * Owner
             * @description The workspace. Default: your workspace, if you have only one.
             */
            owner?: string | null;
            /**
             * Priority
             * @description References with the priority `batch` give way to `normal` ones.
             * @default normal
             * @enum {string}
             */
            priority?: "normal" | "batch";
        };
        /**
         * SubmittedImage
         * @description One image to recognise. The platform fetches it from ``uri``.
         */
        SubmittedImage: {
            /**
             * Deadline
             * @description The time after which an answer is no longer needed. The image is then not recognised.
             */
            deadline?: string | null;
            /**
             * Features
             * @description The features to recognise. Default: the workspace's default features.
             */
            features?: components["schemas"]["Feature"][] | null;
            /**
             * Image Id
             * @description The image's id. Default: an id derived from the URI.
             */
            image_id?: string | null;
            /**
             * Metadata
             * @description Values that are returned unchanged with the result.
             */
            metadata?: {
                [key: string]: boolean | number | string;
            };
            /**
             * Pipeline
             * @description The pipeline that answers. Default: the promoted one.
             */
            pipeline?: string | null;
            /**
             * Uri
             * @description An address with the scheme s3, gs, az, https or file. The workspace must be allowed to read it.
             */
            uri: string;
        };
        /**
         * Suspended
         * @description API keys and OAuth clients that are unusable until an administrator releases them.
         */
        Suspended: {
            /** Clients */
            clients: components["schemas"]["ClientView"][];
            /** Keys */
            keys: components["schemas"]["SuspendedKey"][];
        };
        /**
         * SuspendedKey
         * @description A suspended API key and its account.
         */
        SuspendedKey: {
            /**
             * Account Id
             * Format: uuid
             */
            account_id: string;
            /** Active */
            active: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at?: string | null;
            /** Name */
            name: string;
            /**
             * Prefix
             * @description The key begins with `vdt_` and this prefix.
             * @example k3v9x0c1ab
             */
            prefix: string;
            /** Revoked At */
            revoked_at?: string | null;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Suspended At
             * @description When a restore suspended it. It stays unusable until an administrator releases it.
             */
            suspended_at?: string | null;
            /**
             * Used At
             * @description The time of the last use, accurate to about an hour.
             */
            used_at?: string | null;
            /** Workspaces */
            workspaces?: string[] | null;
        };
        /**
         * SystemState
         * @description Whether one external system responds.
         */
        SystemState: {
            /** Error */
            error?: string | null;
            /** Ok */
            ok: boolean;
        };
        /**
         * TestData
         * @description What a test delivery tells: whose endpoint it reached.
         */
        TestData: {
            /**
             * Endpoint Id
             * @description The endpoint's id.
             */
            endpoint_id: string;
            /**
             * Workspace
             * @description The workspace to which the endpoint belongs.
             * @example shop
             */
            workspace: string;
        };
        /**
         * TextAnswer
         * @description The text in the image: its lines from top to bottom, and all of them as one ``text`` with line breaks.
         */
        TextAnswer: {
            /**
             * Lines
             * @description The lines, from top to bottom.
             */
            lines: components["schemas"]["TextLine"][];
            /**
             * Model
             * @description The model, or the algorithm, that answered.
             */
            model: string;
            /**
             * Text
             * @description All lines, with line breaks between them.
             */
            text: string;
            /**
             * Words
             * @description The words of all lines in their order, at most the first 2,000. Absent in results that were made before words were recognised.
             * @default null
             */
            words?: components["schemas"]["TextWord"][] | null;
            /**
             * Words Left Out
             * @description The number of further words that are not in `words`. Absent if there are none.
             * @default null
             */
            words_left_out?: number | null;
        };
        /**
         * TextLine
         * @description One line of text with a confidence from 0 to 1, its ``corners``, and the upright ``box`` around them.
         */
        TextLine: {
            box: components["schemas"]["Box"];
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
            /**
             * Corners
             * @description The corners around the line in reading direction, from its upper left one.
             */
            corners: [
                [
                    number,
                    number
                ],
                [
                    number,
                    number
                ],
                [
                    number,
                    number
                ],
                [
                    number,
                    number
                ]
            ];
            /**
             * Text
             * @description What is written there.
             */
            text: string;
        };
        /**
         * TextWord
         * @description One word of a line, with a confidence from 0 to 1 and the upright ``box`` around it.
         *
         *     A word is what stands between white space. In scripts that are written without spaces, such as Chinese and Japanese,
         *     each character is a word.
         */
        TextWord: {
            box: components["schemas"]["Box"];
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
            /**
             * Corners
             * @description The corners around the word in reading direction, from its upper left one. Absent if the text is upright: the corners are then those of the box.
             * @default null
             */
            corners?: [
                [
                    number,
                    number
                ],
                [
                    number,
                    number
                ],
                [
                    number,
                    number
                ],
                [
                    number,
                    number
                ]
            ] | null;
            /**
             * Line
             * @description The position in `lines` of the line that contains the word, from 0.
             */
            line: number;
            /**
             * Text
             * @description What is written there.
             */
            text: string;
        };
        /**
         * TimelineEntry
         * @description One event in the life of an image.
         *
         *     The timeline has the newest event of each stage, and every pipeline's stored answer.
         */
        TimelineEntry: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Detail */
            detail?: string | null;
            /**
             * Origin
             * @description The position of the reference concerned, as `topic:partition:offset`.
             * @example image-references:3:1207
             */
            origin?: string | null;
            /** Pipeline */
            pipeline?: string | null;
            reason?: components["schemas"]["Reason"] | null;
            stage: components["schemas"]["Stage"];
        };
        /**
         * Tokens
         * @description An OAuth token response (RFC 6749, section 5.1).
         */
        Tokens: {
            /** Access Token */
            access_token: string;
            /**
             * Expires In
             * @example 900
             */
            expires_in: number;
            /**
             * Refresh Token
             * @description Use this once. A second use ends the session. Absent for client credentials.
             */
            refresh_token?: string | null;
            /**
             * Scope
             * @example profile:read results:read
             */
            scope: string;
            /**
             * Token Type
             * @example Bearer
             */
            token_type: string;
        };
        /**
         * TopicState
         * @description What waits for recognition on one topic, as this process last saw it.
         */
        TopicState: {
            /**
             * Limit
             * @description If this many references wait, the API accepts no more.
             */
            limit: number;
            /**
             * Recognised Per S
             * @description Images recognised per second over the last 15 seconds.
             */
            recognised_per_s: number;
            /**
             * Waiting
             * @description The number of references that wait. Absent if it is not known.
             */
            waiting?: number | null;
        };
        /**
         * TreeNode
         * @description A label or something more general, such as *dog*, with a confidence from 0 to 1.
         *
         *     The confidence is the sum over all labels beneath the node, returned or not, where the model's labels exclude each
         *     other. It is the highest of them for objects, and for a model whose labels do not.
         */
        TreeNode: {
            /**
             * Confidence
             * @description How sure the model is, from 0 to 1.
             */
            confidence: number;
            /**
             * Id
             * @description The synset in WordNet 3.0, as ImageNet writes it.
             * @default null
             * @example n02084071
             */
            id?: string | null;
            /**
             * Instances
             * @description The objects of exactly this kind. Present only if `objects` was requested and some were found.
             * @default null
             */
            instances?: components["schemas"]["Instance"][] | null;
            /**
             * Name
             * @description The name, which no other node of the same hierarchy has.
             */
            name: string;
        };
        /**
         * Unavailable
         * @description A problem because a part of the platform does not respond. The Retry-After header says when to try again.
         */
        Unavailable: {
            /**
             * Detail
             * @example There is no such image.
             */
            detail: string;
            /**
             * Part
             * @description The part that does not respond, if it is known.
             * @default null
             * @example Kafka
             */
            part?: string | null;
            /**
             * Status
             * @example 404
             */
            status: number;
            /**
             * Title
             * @example Not found
             */
            title: string;
            /**
             * Type
             * @example urn:vedette:problem:not-found
             */
            type: string;
        };
        /**
         * UnreadMessages
         * @description Messages of one partition that Kafka deleted before a consumer group had read them.
         */
        UnreadMessages: {
            /** First Offset */
            first_offset: number;
            /** Group */
            group: string;
            /**
             * Last Offset
             * @description The last offset. Absent if the whole topic was deleted, because its end is then unknown.
             */
            last_offset?: number | null;
            /**
             * Letter
             * @description The id of the dead letter that records them.
             */
            letter: string;
            /**
             * Noticed At
             * Format: date-time
             */
            noticed_at: string;
            /** Partition */
            partition: number;
            /** Topic */
            topic: string;
        };
        /**
         * WebhookChanges
         * @description The changes to an endpoint. Fields that are left out stay as they are.
         * @example {
         *       "enabled": true
         *     }
         */
        WebhookChanges: {
            /** Description */
            description?: string | null;
            /**
             * Enabled
             * @description With true, an endpoint that the platform has disabled is enabled again.
             */
            enabled?: boolean | null;
            /** Events */
            events?: components["schemas"]["WebhookType"][] | null;
            /** @description All filters: they replace the present ones. */
            filters?: components["schemas"]["OutcomeFilters"] | null;
            /** Replayed */
            replayed?: boolean | null;
            /** Unpromoted */
            unpromoted?: boolean | null;
            /** Url */
            url?: string | null;
        };
        /**
         * WebhookEvent
         * @description The body of a delivery.
         */
        WebhookEvent: {
            /** Data */
            data: components["schemas"]["ImageData"] | components["schemas"]["JobData"] | components["schemas"]["TestData"];
            /**
             * Timestamp
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            /**
             * Type
             * @description What happened.
             * @example image.recognised
             */
            type: string;
        };
        /**
         * WebhookType
         * @description What happened. The values are part of the contract: add, never rename.
         * @enum {string}
         */
        WebhookType: "image.recognised" | "image.rejected" | "image.deleted" | "job.finished";
        /**
         * WebhookWish
         * @description The endpoint to create.
         * @example {
         *       "description": "The shop's stock system",
         *       "events": [
         *         "image.recognised",
         *         "image.rejected"
         *       ],
         *       "filters": {
         *         "label": "dog"
         *       },
         *       "url": "https://hooks.shop.example/vedette"
         *     }
         */
        WebhookWish: {
            /**
             * Description
             * @description A note for people.
             * @default
             */
            description?: string;
            /**
             * Enabled
             * @description Whether events are sent.
             * @default true
             */
            enabled?: boolean;
            /**
             * Events
             * @description The types of events that are sent.
             */
            events: components["schemas"]["WebhookType"][];
            /**
             * @description Only images that match all of these filters, which are those of `/v1/results`. They do not concern `job.finished`. A deletion says nothing about an image's contents, so such filters leave deletions out.
             * @default {
             *       "exclude_label": [],
             *       "metadata": {}
             *     }
             */
            filters?: components["schemas"]["OutcomeFilters"];
            /**
             * Replayed
             * @description Also send answers to replays of history.
             * @default false
             */
            replayed?: boolean;
            /**
             * Unpromoted
             * @description Also send answers of pipelines that are not promoted.
             * @default false
             */
            unpromoted?: boolean;
            /**
             * Url
             * @description The address that events are sent to, by `POST`: `https://…`, or a private host that an operator has allowed.
             * @example https://hooks.shop.example/vedette
             */
            url: string;
        };
        /**
         * Workspace
         * @description A workspace: the prefixes from which its images may be fetched, and how they are recognised.
         */
        Workspace: {
            /**
             * Allowed Prefixes
             * @description For example s3://shop-*\/ or https://img.shop.example/.
             */
            allowed_prefixes: string[];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Default Features
             * @description The features of a reference that names none.
             * @default [
             *       "labels",
             *       "embedding"
             *     ]
             */
            default_features?: components["schemas"]["Feature"][];
            /**
             * Deleting Since
             * @description When its deletion began. It accepts nothing more, and is gone once that is done.
             */
            deleting_since?: string | null;
            /** Id */
            id: string;
            /**
             * @description How long the workspace keeps what.
             * @default {}
             */
            keep?: components["schemas"]["KeepingTimes"];
            /**
             * Keep Location
             * @description Whether results keep where EXIF says that a picture was taken.
             * @default false
             */
            keep_location?: boolean;
            /** Name */
            name: string;
        };
        /**
         * WorkspaceChanges
         * @description The changes to a workspace.
         *
         *     Fields that are left out stay as they are. Workers apply changes within seconds.
         * @example {
         *       "allowed_prefixes": [
         *         "s3://shop-*\/"
         *       ]
         *     }
         */
        WorkspaceChanges: {
            /** Allowed Prefixes */
            allowed_prefixes?: string[] | null;
            /**
             * Default Features
             * @description The features of a reference that names none. Answers that exist already stay as they are.
             * @example [
             *       "labels",
             *       "objects"
             *     ]
             */
            default_features?: components["schemas"]["Feature"][] | null;
            /** @description How long the workspace keeps what. Times that are left out stay as they are; `null` means for ever. A shorter time counts from the next run on. */
            keep?: components["schemas"]["KeepingTimes"] | null;
            /**
             * Keep Location
             * @description Whether results keep where EXIF says that a picture was taken, which may be somebody's home.
             */
            keep_location?: boolean | null;
            /** Name */
            name?: string | null;
        };
        /**
         * WorkspaceWish
         * @description The workspace to create.
         */
        WorkspaceWish: {
            /**
             * Allowed Prefixes
             * @default []
             * @example [
             *       "s3://shop-*\/"
             *     ]
             */
            allowed_prefixes?: string[];
            /**
             * Default Features
             * @description The features of a reference that names none.
             * @default [
             *       "labels",
             *       "embedding"
             *     ]
             * @example [
             *       "labels",
             *       "objects"
             *     ]
             */
            default_features?: components["schemas"]["Feature"][];
            /** Id */
            id: string;
            /**
             * @description How long the workspace keeps what.
             * @default {}
             */
            keep?: components["schemas"]["KeepingTimes"];
            /**
             * Keep Location
             * @description Whether results keep where EXIF says that a picture was taken, which may be somebody's home.
             * @default false
             */
            keep_location?: boolean;
            /** Name */
            name?: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    read_keys__well_known_jwks_json_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jwks"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_metadata__well_known_oauth_authorization_server_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Metadata"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    is_alive_healthz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_oauth_revoke_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    client_id?: string;
                    client_secret?: string;
                    token: string;
                    /** @description `access_token` or `refresh_token`; any other is passed over. */
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description The token is revoked, or was never valid. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description The request is invalid. The field `error` says why. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The client could not be authenticated. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    give_token_oauth_token_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    client_id?: string;
                    client_secret?: string;
                    code?: string;
                    code_verifier?: string;
                    /** @enum {string} */
                    grant_type: "authorization_code" | "refresh_token" | "client_credentials";
                    redirect_uri?: string;
                    refresh_token?: string;
                    scope?: string;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description The request is invalid. The field `error` says why. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The client could not be authenticated. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    is_ready_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_accounts_v1_accounts_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description Only members of this workspace. */
                workspace?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AccountView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    create_account_v1_accounts_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_account_v1_accounts__account_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's `id`. */
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    change_account_v1_accounts__account_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's `id`. */
                account_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountChanges"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_account_keys_v1_accounts__account_id__api_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's `id`. */
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ApiKeyView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    end_sessions_v1_accounts__account_id__sessions_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's `id`. */
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_invitations_v1_accounts_invitations_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_InvitationView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    invite_v1_accounts_invitations_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    withdraw_invitation_v1_accounts_invitations__invitation_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The invitation's `id`. */
                invitation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_activity_v1_activity_get: {
        parameters: {
            query?: {
                /** @description Only this act, this alert, or one of access, error and performance. */
                action?: string | null;
                /** @description Only acts of this account id, or of this user@machine. */
                actor?: string | null;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description Only events of this kind. */
                event?: components["schemas"]["ActivityKind"] | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description Only events about this workspace. */
                owner?: string | null;
                /** @description At or after this time. */
                since?: string | null;
                /** @description Before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ActivityItem_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_keys_v1_api_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ApiKeyView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    make_key_v1_api_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeKey"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_key_v1_api_keys__prefix__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The part of the key between `vdt_` and the secret. */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyView"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    revoke_key_v1_api_keys__prefix__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The part of the key between `vdt_` and the secret. */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_audit_v1_audit_get: {
        parameters: {
            query?: {
                action?: components["schemas"]["Action-Input"] | null;
                /** @description Only acts of this account id, or of this user@machine. */
                actor?: string | null;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description At or after this time. */
                since?: string | null;
                /** @description Only acts on this subject, for example a workspace or a pipeline. */
                subject?: string | null;
                /** @description Before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    log_out_v1_auth_logout_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    forgot_v1_auth_password_forgot_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Asked"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    reset_v1_auth_password_reset_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    refresh_v1_auth_refresh_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Refresh"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedIn"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    register_v1_auth_register_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskedToRegister"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    confirm_v1_auth_register_confirm_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirmation"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    log_in_v1_auth_token_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedIn"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_clients_v1_clients_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ClientView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    create_client_v1_clients_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClientWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeClient"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_client_v1_clients__client_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `client_id`. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientView"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    revoke_client_v1_clients__client_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `client_id`. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    change_client_v1_clients__client_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `client_id`. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClientChanges"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientView"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_dead_letters_v1_dead_letters_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description Only dead letters of this workspace. */
                owner?: string | null;
                /** @description Only dead letters with this reason code. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description Only dead letters of messages rejected at this time or later. */
                since?: string | null;
                /** @description Only dead letters in this state. */
                state?: components["schemas"]["LetterState"];
                /** @description Only dead letters of messages rejected before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DeadLetter_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    show_dead_letter_v1_dead_letters__letter_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The dead letter's `id`. */
                letter_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownLetter"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    discard_dead_letter_v1_dead_letters__letter_id__discard_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The dead letter's `id`. */
                letter_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    replay_dead_letter_v1_dead_letters__letter_id__replay_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The dead letter's `id`. */
                letter_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    discard_dead_letters_v1_dead_letters_discard_post: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description Only dead letters of this workspace. */
                owner?: string | null;
                /** @description Only dead letters with this reason code. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description Only dead letters of messages rejected at this time or later. */
                since?: string | null;
                /** @description Only dead letters in this state. */
                state?: components["schemas"]["LetterState"];
                /** @description Only dead letters of messages rejected before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resolved"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    replay_dead_letters_v1_dead_letters_replay_post: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description Only dead letters of this workspace. */
                owner?: string | null;
                /** @description Only dead letters with this reason code. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description Only dead letters of messages rejected at this time or later. */
                since?: string | null;
                /** @description Only dead letters in this state. */
                state?: components["schemas"]["LetterState"];
                /** @description Only dead letters of messages rejected before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resolved"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_erasures_v1_erasures_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Erasure_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    begin_erasure_v1_erasures_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_erasure_v1_erasures__erasure_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The erasure's `id`. */
                erasure_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_signed_list_v1_erasures__erasure_id__list_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The erasure's `id`. */
                erasure_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The signed list, as JSON Lines: a header, a line for each image, and the seal. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    count_images_v1_erasures_count_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureSearch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountedImages"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    export_results_v1_export_get: {
        parameters: {
            query?: {
                /** @description Only images of this camera, as EXIF names it, in any case. */
                camera?: string | null;
                /** @description Only images in this category. */
                category?: string | null;
                /** @description Only images that do not show this: no label, no object, nothing beneath it. Repeat the parameter for more. */
                exclude_label?: string[] | null;
                /** @description `jsonl`: JSON Lines, with an item of `GET /v1/results` on each line. `csv`: a table for spreadsheets. `coco`: the objects and their boxes in COCO's format. */
                format?: components["schemas"]["ExportFormat"];
                /** @description Only images that show this: a label, an object, or anything more general. `dog` finds every breed. */
                label?: string | null;
                /** @description Only images with a label of exactly this name. */
                label_exact?: string | null;
                /** @description Only images in which at most so many faces were found. 0: those that were searched for faces and have none. */
                max_faces?: number | null;
                /** @description Only images whose `known` is below this: with 0.05, those that probably show nothing that the model knows. */
                max_known?: number | null;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of the labels, object and categories that are given, or of the top label if none is. */
                min_confidence?: number | null;
                /** @description Only images in which at least so many faces were found. */
                min_faces?: number | null;
                /** @description Only images whose `known` is at least this. */
                min_known?: number | null;
                /** @description Only images in this category of moderation, or in one beneath it. */
                moderation?: string | null;
                /** @description Only images that show an object with this name. */
                object?: string | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description The words to search for. All of them must occur. */
                q?: string | null;
                /** @description Only images rejected for this reason. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description At or after this time. */
                since?: string | null;
                status?: ("recognised" | "rejected" | "discarded") | null;
                /** @description Only images that EXIF says were taken at or after this time. A time without an offset is compared as if it were UTC. */
                taken_since?: string | null;
                /** @description Only images taken before this time. */
                taken_until?: string | null;
                /** @description Before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The export. One whose end is missing was cut off. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        annotations: Record<string, never>[];
                        categories: Record<string, never>[];
                        images: Record<string, never>[];
                        info: Record<string, never>;
                    };
                    "application/jsonl": string;
                    "text/csv": string;
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_features_v1_features_get: {
        parameters: {
            query?: {
                /** @description The pipeline. Default: the promoted one. */
                pipeline?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Features"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_images_v1_images_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ImageView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    submit_images_v1_images_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description Of your making, one for each request: sent again with it within a day, the same request is answered as before and not carried out again. 409 while it is at work. */
                "Idempotency-Key"?: string | null;
                /** @description W3C trace context; one is begun where there is none. */
                traceparent?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Submission"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_image_v1_images__image_id__get: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The image's id, unique within its workspace. */
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageView"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    delete_image_v1_images__image_id__delete: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The image's id, unique within its workspace. */
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_duplicates_v1_images__image_id__duplicates_get: {
        parameters: {
            query?: {
                /** @description Search only this workspace. Default: all workspaces that you may see. */
                among?: string | null;
                /** @description How many of the hash's 64 bits may differ. Above 3, some near-duplicates are not found. */
                bits?: number;
                /** @description Only images that show this: a label, an object, or anything more general. */
                label?: string | null;
                /** @description The maximum number of images to return. */
                limit?: number;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of `label`, or of the top label if `label` is not given. */
                min_confidence?: number | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description Only images recognised at or after this time. */
                since?: string | null;
                /** @description Only images recognised before this time. */
                until?: string | null;
            };
            header?: never;
            path: {
                /** @description The image's id, unique within its workspace. */
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SimilarImage_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_history_v1_images__image_id__history_get: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                /** @description Only results of this pipeline version (`name@version`), or of all versions of this pipeline (`name`). */
                pipeline?: string | null;
            };
            header?: never;
            path: {
                /** @description The image's id, unique within its workspace. */
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_RecognitionResult_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_similar_v1_images__image_id__similar_get: {
        parameters: {
            query?: {
                /** @description Search only this workspace. Default: all workspaces that you may see. */
                among?: string | null;
                /** @description Only images that show this: a label, an object, or anything more general. */
                label?: string | null;
                /** @description The maximum number of images to return. */
                limit?: number;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of `label`, or of the top label if `label` is not given. */
                min_confidence?: number | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description Only images recognised at or after this time. */
                since?: string | null;
                /** @description Only images recognised before this time. */
                until?: string | null;
            };
            header?: never;
            path: {
                /** @description The image's id, unique within its workspace. */
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SimilarImage_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_timeline_v1_images__image_id__timeline_get: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The image's id, unique within its workspace. */
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TimelineEntry_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    find_similar_v1_images_similar_post: {
        parameters: {
            query?: {
                /** @description Search only this workspace. Default: all workspaces that you may see. */
                among?: string | null;
                /** @description Only images that show this: a label, an object, or anything more general. */
                label?: string | null;
                /** @description The maximum number of images to return. */
                limit?: number;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of `label`, or of the top label if `label` is not given. */
                min_confidence?: number | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description Only images recognised at or after this time. */
                since?: string | null;
                /** @description Only images recognised before this time. */
                until?: string | null;
            };
            header?: {
                /** @description W3C trace context; one is begun where there is none. */
                traceparent?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The picture's own bytes, such as a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC. */
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SimilarImage_"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not a supported picture. Send the unchanged bytes of the file, for example a JPEG, PNG, WebP, TIFF, AVIF or HEIC file. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    upload_image_v1_images_upload_post: {
        parameters: {
            query?: {
                /** @description A feature to recognise; repeat the parameter for more. Default: the workspace's default features. */
                features?: components["schemas"]["Feature"][] | null;
                /** @description The image's id. Default: an id derived from its content. */
                image_id?: string | null;
                /** @description Metadata as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                /** @description The pipeline. Default: the promoted one. */
                pipeline?: string | null;
                priority?: "normal" | "batch";
            };
            header?: {
                /** @description W3C trace context; one is begun where there is none. */
                traceparent?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The picture's own bytes, such as a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC. */
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not a supported picture. Send the unchanged bytes of the file, for example a JPEG, PNG, WebP, TIFF, AVIF or HEIC file. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_jobs_v1_jobs_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    create_job_v1_jobs_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobState"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_job_v1_jobs__job_id__get: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobState"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    cancel_job_v1_jobs__job_id__cancel_post: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobState"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_items_v1_jobs__job_id__items_get: {
        parameters: {
            query?: {
                /** @description The `next_after` of the previous page. */
                after?: number;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ItemPage"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_result_v1_jobs__job_id__result_get: {
        parameters: {
            query?: {
                /** @description One of the formats that the job was created with. */
                format?: components["schemas"]["ExportFormat"];
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The result file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "application/jsonl": unknown;
                    "text/csv": unknown;
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    create_job_of_upload_v1_jobs_upload_post: {
        parameters: {
            query?: {
                /** @description A feature to recognise; repeat the parameter for more. */
                features?: components["schemas"]["Feature"][] | null;
                /** @description A format of the result files; repeat the parameter for more. */
                formats?: components["schemas"]["ExportFormat"][] | null;
                /** @description The manifest's format. */
                manifest?: components["schemas"]["ManifestFormat"];
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                /** @description The pipeline. Default: the promoted one. */
                pipeline?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The manifest: JSON Lines, or CSV with a first row of names. */
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobState"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    listen_v1_live_get: {
        parameters: {
            query?: {
                /** @description Only images of this camera, as EXIF names it, in any case. */
                camera?: string | null;
                /** @description Only images in this category. */
                category?: string | null;
                /** @description Only images that do not show this: no label, no object, nothing beneath it. Repeat the parameter for more. */
                exclude_label?: string[] | null;
                /** @description Only images that show this: a label, an object, or anything more general. `dog` finds every breed. */
                label?: string | null;
                /** @description Only images with a label of exactly this name. */
                label_exact?: string | null;
                /** @description The same as the header, for clients that cannot set it. */
                last_event_id?: string | null;
                /** @description Only images in which at most so many faces were found. 0: those that were searched for faces and have none. */
                max_faces?: number | null;
                /** @description Only images whose `known` is below this: with 0.05, those that probably show nothing that the model knows. */
                max_known?: number | null;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of the labels, object and categories that are given, or of the top label if none is. */
                min_confidence?: number | null;
                /** @description Only images in which at least so many faces were found. */
                min_faces?: number | null;
                /** @description Only images whose `known` is at least this. */
                min_known?: number | null;
                /** @description Only images in this category of moderation, or in one beneath it. */
                moderation?: string | null;
                /** @description Only images that show an object with this name. */
                object?: string | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description Only images rejected for this reason. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description Also tell answers to replays of history. */
                replayed?: boolean;
                /** @description At or after this time. */
                since?: string | null;
                /** @description Only these outcomes. Repeat the parameter for more. Default: all of them. */
                status?: components["schemas"]["OutcomeKind"][] | null;
                /** @description Only images that EXIF says were taken at or after this time. A time without an offset is compared as if it were UTC. */
                taken_since?: string | null;
                /** @description Only images taken before this time. */
                taken_until?: string | null;
                /** @description A ticket from `POST /v1/live/tickets`, in place of the header Authorization. */
                ticket?: string | null;
                /** @description Also tell answers of pipelines that are not promoted. */
                unpromoted?: boolean;
                /** @description Before this time. */
                until?: string | null;
            };
            header?: {
                /** @description The `id` of the last message received: the stream resumes after it. */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events. It lasts until the client or the server ends it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        data: string;
                        /** @enum {string} */
                        event: "recognised" | "rejected" | "deleted" | "ready" | "heartbeat" | "end";
                        /** @description Resume after this message: send it as `Last-Event-ID`. */
                        id?: string;
                        retry?: number;
                    };
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What follows this id is no longer kept, so what you have missed cannot be told. Begin without an id, and read what you need with GET /v1/results. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    issue_ticket_v1_live_tickets_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedTicket"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_profile_v1_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    change_profile_v1_me_patch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Profile"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    close_v1_me_close_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirmed"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_consents_v1_me_consents_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ConsentView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    withdraw_consent_v1_me_consents__client_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `client_id`. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    change_password_v1_me_password_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_pipelines_v1_pipelines_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineList"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    promote_v1_pipelines__pipeline__promote_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pipeline's name and version, for example `standard@2`. */
                pipeline: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Promotion"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    roll_back_v1_pipelines_rollback_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Promotion"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    recognise_picture_v1_recognise_post: {
        parameters: {
            query?: {
                /** @description A feature to recognise; repeat the parameter for more. Default: the workspace's default features. */
                features?: components["schemas"]["Feature"][] | null;
                /** @description Options of the features, as JSON, with the fields that `options` has in references. */
                options?: string | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                /** @description The pipeline. Default: the promoted one. */
                pipeline?: string | null;
            };
            header?: {
                /** @description W3C trace context; one is begun where there is none. */
                traceparent?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The picture's own bytes, such as a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC. */
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recognition"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not a supported picture. Send the unchanged bytes of the file, for example a JPEG, PNG, WebP, TIFF, AVIF or HEIC file. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_results_v1_results_get: {
        parameters: {
            query?: {
                /** @description Only images of this camera, as EXIF names it, in any case. */
                camera?: string | null;
                /** @description Only images in this category. */
                category?: string | null;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description Only images that do not show this: no label, no object, nothing beneath it. Repeat the parameter for more. */
                exclude_label?: string[] | null;
                /** @description Only images that show this: a label, an object, or anything more general. `dog` finds every breed. */
                label?: string | null;
                /** @description Only images with a label of exactly this name. */
                label_exact?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description Only images in which at most so many faces were found. 0: those that were searched for faces and have none. */
                max_faces?: number | null;
                /** @description Only images whose `known` is below this: with 0.05, those that probably show nothing that the model knows. */
                max_known?: number | null;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of the labels, object and categories that are given, or of the top label if none is. */
                min_confidence?: number | null;
                /** @description Only images in which at least so many faces were found. */
                min_faces?: number | null;
                /** @description Only images whose `known` is at least this. */
                min_known?: number | null;
                /** @description Only images in this category of moderation, or in one beneath it. */
                moderation?: string | null;
                /** @description Only images that show an object with this name. */
                object?: string | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description Only images rejected for this reason. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description At or after this time. */
                since?: string | null;
                status?: ("recognised" | "rejected" | "discarded") | null;
                /** @description Only images that EXIF says were taken at or after this time. A time without an offset is compared as if it were UTC. */
                taken_since?: string | null;
                /** @description Only images taken before this time. */
                taken_until?: string | null;
                /** @description Before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ResultSummary_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    search_results_v1_search_get: {
        parameters: {
            query: {
                /** @description Only images of this camera, as EXIF names it, in any case. */
                camera?: string | null;
                /** @description Only images in this category. */
                category?: string | null;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description Only images that do not show this: no label, no object, nothing beneath it. Repeat the parameter for more. */
                exclude_label?: string[] | null;
                /** @description Also return counts over everything that was found, as `/v1/stats` does. */
                facets?: boolean;
                /** @description Only images that show this: a label, an object, or anything more general. `dog` finds every breed. */
                label?: string | null;
                /** @description Only images with a label of exactly this name. */
                label_exact?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description Only images in which at most so many faces were found. 0: those that were searched for faces and have none. */
                max_faces?: number | null;
                /** @description Only images whose `known` is below this: with 0.05, those that probably show nothing that the model knows. */
                max_known?: number | null;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of the labels, object and categories that are given, or of the top label if none is. */
                min_confidence?: number | null;
                /** @description Only images in which at least so many faces were found. */
                min_faces?: number | null;
                /** @description Only images whose `known` is at least this. */
                min_known?: number | null;
                /** @description Only images in this category of moderation, or in one beneath it. */
                moderation?: string | null;
                /** @description Only images that show an object with this name. */
                object?: string | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description The words to search for. All of them must occur. */
                q: string;
                /** @description Only images rejected for this reason. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description At or after this time. */
                since?: string | null;
                status?: ("recognised" | "rejected" | "discarded") | null;
                /** @description Only images that EXIF says were taken at or after this time. A time without an offset is compared as if it were UTC. */
                taken_since?: string | null;
                /** @description Only images taken before this time. */
                taken_until?: string | null;
                /** @description Before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Found"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    suggest_words_v1_search_suggestions_get: {
        parameters: {
            query: {
                /** @description The maximum number of suggestions. */
                limit?: number;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                /** @description The text typed so far. */
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Bucket_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    count_results_v1_stats_get: {
        parameters: {
            query?: {
                /** @description Only images of this camera, as EXIF names it, in any case. */
                camera?: string | null;
                /** @description Only images in this category. */
                category?: string | null;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description Only images that do not show this: no label, no object, nothing beneath it. Repeat the parameter for more. */
                exclude_label?: string[] | null;
                interval?: components["schemas"]["Interval"];
                /** @description Only images that show this: a label, an object, or anything more general. `dog` finds every breed. */
                label?: string | null;
                /** @description Only images with a label of exactly this name. */
                label_exact?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description Only images in which at most so many faces were found. 0: those that were searched for faces and have none. */
                max_faces?: number | null;
                /** @description Only images whose `known` is below this: with 0.05, those that probably show nothing that the model knows. */
                max_known?: number | null;
                /** @description Only images with this metadata, as `name=value`; repeat the parameter for more. */
                metadata?: string[] | null;
                /** @description The minimum confidence of the labels, object and categories that are given, or of the top label if none is. */
                min_confidence?: number | null;
                /** @description Only images in which at least so many faces were found. */
                min_faces?: number | null;
                /** @description Only images whose `known` is at least this. */
                min_known?: number | null;
                /** @description Only images in this category of moderation, or in one beneath it. */
                moderation?: string | null;
                /** @description Only images that show an object with this name. */
                object?: string | null;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                pipeline?: string | null;
                /** @description The words to search for. All of them must occur. */
                q?: string | null;
                /** @description Only images rejected for this reason. */
                reason?: components["schemas"]["Reason"] | null;
                /** @description At or after this time. */
                since?: string | null;
                status?: ("recognised" | "rejected" | "discarded") | null;
                /** @description Only images that EXIF says were taken at or after this time. A time without an offset is compared as if it were UTC. */
                taken_since?: string | null;
                /** @description Only images taken before this time. */
                taken_until?: string | null;
                /** @description Before this time. */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_status_v1_status_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformState"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_suspensions_v1_suspensions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suspended"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    release_v1_suspensions_release_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Released"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_webhooks_v1_webhooks_get: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_EndpointView_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    create_webhook_v1_webhooks_post: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeEndpoint"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_webhook_v1_webhooks__endpoint_id__get: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointView"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    delete_webhook_v1_webhooks__endpoint_id__delete: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    change_webhook_v1_webhooks__endpoint_id__patch: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChanges"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointView"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_deliveries_v1_webhooks__endpoint_id__deliveries_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the previous page. */
                cursor?: string | null;
                /** @description The maximum number of items on a page. */
                limit?: number;
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
                /** @description Only deliveries that stand so. */
                state?: components["schemas"]["DeliveryState"] | null;
            };
            header?: never;
            path: {
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Delivery_"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    read_delivery_v1_webhooks__endpoint_id__deliveries__delivery_id__get: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The delivery's `id`. */
                delivery_id: string;
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    resend_delivery_v1_webhooks__endpoint_id__deliveries__delivery_id__resend_post: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The delivery's `id`. */
                delivery_id: string;
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    recover_deliveries_v1_webhooks__endpoint_id__recover_post: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Recovery"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovered"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    rotate_webhook_secret_v1_webhooks__endpoint_id__secret_post: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewSecret"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    send_test_v1_webhooks__endpoint_id__test_post: {
        parameters: {
            query?: {
                /** @description The workspace. Default: your workspace, if you have only one. */
                owner?: string | null;
            };
            header?: never;
            path: {
                /** @description The endpoint's `id`. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    list_workspaces_v1_workspaces_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Workspace_"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    create_workspace_v1_workspaces_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkspaceWish"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    delete_workspace_v1_workspaces__workspace_id__delete: {
        parameters: {
            query: {
                /** @description The workspace's `id` once more. */
                confirm: string;
            };
            header?: never;
            path: {
                /** @description The workspace's `id`. */
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    change_workspace_v1_workspaces__workspace_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace's `id`. */
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkspaceChanges"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description The body is not valid JSON in UTF-8, or it is nested too deeply. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took too long to arrive. Send the request again. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. Send less per request. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    add_member_v1_workspaces__workspace_id__members__account_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's `id`. */
                account_id: string;
                /** @description The workspace's `id`. */
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
    remove_member_v1_workspaces__workspace_id__members__account_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's `id`. */
                account_id: string;
                /** @description The workspace's `id`. */
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This account or API key may not do that. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing at this URL. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another change was made first, or the name is taken. Read the present state before you try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Some fields are invalid. The field `errors` lists them. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidFields"];
                };
            };
            /** @description There are too many requests. Wait as long as the Retry-After header says, and try again. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL or the header fields are too long, or there are too many header fields. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part of the platform does not respond at present. Try again in 5 seconds. GET /v1/status shows analysts and administrators which parts respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Unavailable"];
                };
            };
        };
    };
}
