"""Shapes of secrets, as data: one row a rule, with the place that documents the format above its group.

Patterns are Python's. None repeats without a bound, so that none takes more than linear time. A tuple of strings is
read from byte-code in no time, which is why this is no TOML file: a git hook cannot wait for one to be parsed.
"""

from __future__ import annotations

SURE, LOOSE = True, False
"""Whether the shape alone is proof. What is loose is told and taken out, and stops nobody."""

# Rule, how its tokens begin (three characters at least), the whole token, whether that is proof.
TOKENS = (
    # AWS: "Understanding unique ID prefixes" in the IAM reference; API keys of Bedrock in its user guide
    ("aws access key id", ("AKIA", "ASIA", "ABIA", "ACCA"), r"A(?:KI|SI|BI|CC)A[A-Z2-7]{16}", SURE),
    # GitHub: "About authentication to GitHub", token formats
    ("github token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{36,255}", SURE),
    ("github token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{60,255}", SURE),
    # GitLab: "Token overview", prefixes; routable tokens end in two parts of base 36
    (
        "gitlab token",
        (
            "glpat-",
            "gldt-",
            "glrt-",
            "glrtr-",
            "glptt-",
            "glft-",
            "glimt-",
            "glagent-",
            "gloas-",
            "glffct-",
            "glsoat-",
            "glwt-",
            "glcbt-",
        ),
        r"gl[a-z]{2,5}-[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7,9})?",
        SURE,
    ),
    ("gitlab token", ("GR1348941",), r"GR1348941[A-Za-z0-9_-]{20}", SURE),
    # OpenAI: keys hold "OpenAI" in base64; sk- and 32 or 48 characters: those that speak its dialect (DeepSeek, Qwen)
    ("openai key", ("sk-",), r"sk-(?!ant-)[A-Za-z0-9_-]{16,160}T3BlbkFJ[A-Za-z0-9_-]{16,160}", SURE),
    ("openrouter key", ("sk-or-",), r"sk-or-v1-[0-9a-f]{64}", SURE),
    ("langfuse key", ("sk-lf-",), r"sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", SURE),
    ("openai key", ("sk-",), r"sk-(?:[0-9a-f]{32}|[A-Za-z0-9]{48})", SURE),
    ("openai key", ("sk-",), r"sk-(?!ant-)(?=[a-z_-]{0,60}[A-Z0-9])[A-Za-z0-9_-]{20,300}", LOOSE),
    # Anthropic: console and Claude Code
    ("anthropic key", ("sk-ant-",), r"sk-ant-(?:api|admin|oat|ort|sid)\d\d-[A-Za-z0-9_-]{80,140}", SURE),
    ("anthropic key", ("sk-ant-",), r"sk-ant-(?=[a-z_-]{0,60}[A-Z0-9])[A-Za-z0-9_-]{20,300}", LOOSE),
    # Google Cloud: "Manage API keys", "OAuth client secrets"
    ("google api key", ("AIza",), r"AIza[0-9A-Za-z_-]{35}", SURE),
    ("google client secret", ("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{28}", SURE),
    # Slack: "Token types"
    (
        "slack token",
        tuple(f"xox{c}-" for c in "abcdeoprs"),
        r"xox[a-eoprs]-(?=[a-z-]{0,60}\d)[A-Za-z0-9-]{10,400}",
        SURE,
    ),
    ("slack token", ("xapp-",), r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[0-9a-f]{40,70}", SURE),
    # Stripe: "API keys", "Webhook signatures" (Svix and what is built on it sign alike, in base64)
    (
        "stripe key",
        ("sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_"),
        r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{20,247}",
        SURE,
    ),
    ("square token", ("sq0atp-", "sq0csp-"), r"sq0(?:atp-[A-Za-z0-9_-]{22}|csp-[A-Za-z0-9_-]{43})", SURE),
    ("square token", ("EAAA",), r"EAAA[A-Za-z0-9_-]{60}", SURE),
    ("shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", SURE),
    ("flutterwave key", ("FLWSECK-",), r"FLWSECK-[0-9a-f]{32}-X", SURE),
    ("shippo token", ("shippo_live_", "shippo_test_"), r"shippo_(?:live|test)_[0-9a-f]{40}", SURE),
    ("easypost key", ("EZAK", "EZTK"), r"EZ[AT]K[A-Za-z0-9]{54}", SURE),
    # Mail and messages: Twilio "API keys", Mailgun, Brevo, Resend, MessageBird
    ("twilio key", tuple(f"SK{c}" for c in "0123456789abcdef"), r"SK[0-9a-f]{32}", SURE),
    ("mailgun key", ("key-",), r"key-[0-9a-f]{32}", LOOSE),
    ("brevo key", ("xkeysib-", "xsmtpsib-"), r"x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}", SURE),
    ("resend key", ("re_",), r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", SURE),
    # Registries: npm, PyPI (a macaroon), RubyGems, crates.io, NuGet, Docker Hub, Clojars, Artifactory, Packagist
    ("npm token", ("npm_",), r"npm_[A-Za-z0-9]{36}", SURE),
    ("pypi token", ("pypi-AgE",), r"pypi-AgE[A-Za-z0-9_-]{50,1000}", SURE),
    ("rubygems key", ("rubygems_",), r"rubygems_[0-9a-f]{48}", SURE),
    ("crates.io token", ("cio",), r"cio[A-Za-z0-9]{32}", SURE),
    ("nuget key", ("oy2",), r"oy2[a-z0-9]{43}", SURE),
    ("docker token", ("dckr_pat_", "dckr_oat_"), r"dckr_[po]at_[A-Za-z0-9_-]{27,32}", SURE),
    ("clojars token", ("CLOJARS_",), r"CLOJARS_[0-9a-f]{60}", SURE),
    ("artifactory key", ("AKCp",), r"AKCp[A-Za-z0-9]{69}", SURE),
    ("artifactory key", ("cmVmdGtuOj",), r"cmVmdGtuOj[A-Za-z0-9]{54}", SURE),
    # Models: Hugging Face "User access tokens", Replicate, Groq, xAI, Perplexity, NVIDIA, Cerebras, Together, Fireworks
    ("hugging face token", ("hf_", "api_org_"), r"(?:hf|api_org)_[A-Za-z]{30,40}", SURE),
    ("replicate token", ("r8_",), r"r8_[A-Za-z0-9]{37}", SURE),
    ("groq key", ("gsk_",), r"gsk_[A-Za-z0-9]{52}", SURE),
    ("xai key", ("xai-",), r"xai-[A-Za-z0-9_]{80}", SURE),
    ("perplexity key", ("pplx-",), r"pplx-[A-Za-z0-9]{48,56}", SURE),
    ("nvidia key", ("nvapi-",), r"nvapi-[A-Za-z0-9_-]{60,70}", SURE),
    ("cerebras key", ("csk-",), r"csk-[a-z0-9]{48}", SURE),
    ("together key", ("tgp_v1_",), r"tgp_v1_[A-Za-z0-9_-]{43}", SURE),
    ("fireworks key", ("fw_",), r"fw_[A-Za-z0-9]{22,24}", LOOSE),
    ("elevenlabs key", ("sk_",), r"sk_[0-9a-f]{48}", SURE),
    ("langsmith key", ("lsv2_",), r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", SURE),
    ("tavily key", ("tvly-",), r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}", SURE),
    ("pinecone key", ("pcsk_",), r"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{60,70}", SURE),
    ("e2b key", ("e2b_",), r"e2b_[0-9a-f]{40}", SURE),
    ("jina key", ("jina_",), r"jina_[0-9a-f]{32}[A-Za-z0-9_-]{28}", SURE),
    # Clouds: DigitalOcean, Heroku, Cloudflare "Token formats", Fly, Vercel, Netlify, Alibaba, Tencent, Tailscale
    ("digitalocean token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[por]_v1_[0-9a-f]{64}", SURE),
    ("heroku key", ("HRKU-",), r"HRKU-AA[A-Za-z0-9_-]{58}", SURE),
    ("cloudflare token", ("cfk_", "cfut_", "cfat_"), r"cf(?:k|ut|at)_[A-Za-z0-9_-]{40}[0-9a-f]{8}", SURE),
    ("fly token", ("fo1_",), r"fo1_[A-Za-z0-9_-]{43}", SURE),
    ("vercel token", ("vcp_", "vci_", "vca_", "vcr_", "vck_"), r"vc[piark]_[A-Za-z0-9]{24,80}", SURE),
    ("netlify token", ("nfp_", "nfc_", "nfo_", "nfu_", "nfb_"), r"nf[pcoub]_[A-Za-z0-9_]{36}", SURE),
    ("alibaba key id", ("LTAI",), r"LTAI[A-Za-z0-9]{12,20}", LOOSE),
    ("tencent key id", ("AKID",), r"AKID[A-Za-z0-9]{32}", SURE),
    ("tailscale key", ("tskey-",), r"tskey-[a-z]{3,10}-[A-Za-z0-9]{10,20}-[A-Za-z0-9]{20,40}", SURE),
    # Data: Supabase "API keys", PlanetScale, Databricks, Neon, Render
    ("supabase key", ("sbp_",), r"sbp_(?:oauth_|v0_)?[0-9a-f]{40}", SURE),
    ("supabase key", ("sb_secret_",), r"sb_secret_[A-Za-z0-9_-]{22,64}", SURE),
    ("planetscale token", ("pscale_",), r"pscale_(?:tkn|oauth|pw|app_secret)_[A-Za-z0-9_=.-]{32,64}", SURE),
    ("databricks token", ("dapi",), r"dapi[0-9a-f]{32}(?:-\d)?", SURE),
    ("neon key", ("napi_",), r"napi_[a-z0-9]{64}", SURE),
    ("render key", ("rnd_",), r"rnd_[A-Za-z0-9]{28}", SURE),
    ("clickhouse key", ("4b1d",), r"4b1d[A-Za-z0-9]{38}", SURE),
    # Work: Atlassian "API tokens", Linear, Notion, Airtable, Figma, Postman, HubSpot, Contentful, Typeform, ReadMe
    ("atlassian token", ("ATATT3", "ATCTT3"), r"AT[AC]TT3[A-Za-z0-9_-]{60,250}(?:=[0-9A-F]{8})?", SURE),
    ("bitbucket password", ("ATBB",), r"ATBB[A-Za-z0-9]{32}", SURE),
    ("linear key", ("lin_api_",), r"lin_api_[A-Za-z0-9]{40}", SURE),
    ("linear key", ("lin_oauth_",), r"lin_oauth_[0-9a-f]{64}", SURE),
    ("notion token", ("ntn_",), r"ntn_[A-Za-z0-9]{40,60}", SURE),
    ("notion token", ("secret_",), r"secret_[A-Za-z0-9]{43}", SURE),
    ("airtable token", ("pat",), r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}", SURE),
    (
        "figma token",
        ("figd_", "figp_", "figu_", "figur_", "figuh_", "figo_", "figor_", "figoh_"),
        r"fig[dpuo][rh]?_[A-Za-z0-9_-]{40,54}",
        SURE,
    ),
    ("postman key", ("PMAK-",), r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", SURE),
    ("postman key", ("PMAT-",), r"PMAT-[0-9A-Z]{26}", SURE),
    ("hubspot token", ("pat-na", "pat-eu"), r"pat-(?:na|eu)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", SURE),
    ("contentful token", ("CFPAT-",), r"CFPAT-[A-Za-z0-9_-]{43}", SURE),
    ("typeform token", ("tfp_",), r"tfp_[A-Za-z0-9_-]{40,60}", SURE),
    ("readme key", ("rdme_",), r"rdme_[a-z0-9]{70}", SURE),
    ("frame.io token", ("fio-u-",), r"fio-u-[A-Za-z0-9_-]{64}", SURE),
    # Watching: Sentry, New Relic, Grafana, PostHog, Sonar, Sourcegraph
    ("sentry token", ("sntryu_", "sntrya_"), r"sntry[ua]_[0-9a-f]{64}", SURE),
    ("new relic key", ("NRAK-", "NRAA-"), r"NRA[KA]-[A-Z0-9]{27}", SURE),
    ("new relic key", ("NRII-", "NRIQ-"), r"NRI[IQ]-[A-Za-z0-9_-]{32}", SURE),
    ("grafana token", ("glsa_",), r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}", SURE),
    ("posthog key", ("phx_",), r"phx_[A-Za-z0-9]{40,60}", SURE),
    ("sonar token", ("sqp_", "squ_", "sqa_"), r"sq[pua]_[0-9a-f]{40}", SURE),
    ("sourcegraph token", ("sgp_",), r"sgp_(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40}", SURE),
    # Building and keeping: Pulumi, Prefect, Buildkite, CircleCI, Deno, Inngest, Infracost, Octopus, Scalingo, 1Password
    ("pulumi token", ("pul-",), r"pul-[0-9a-f]{40}", SURE),
    ("prefect key", ("pnu_", "pnb_"), r"pn[ub]_[A-Za-z0-9]{36}", SURE),
    ("buildkite token", ("bkua_",), r"bkua_[0-9a-f]{40}", SURE),
    ("circleci token", ("CCIPAT_", "CCIPRJ_"), r"CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}", SURE),
    ("deno token", ("ddp_", "ddo_"), r"dd[po]_[A-Za-z0-9]{36}", SURE),
    ("inngest key", ("signkey-prod-", "signkey-test-"), r"signkey-(?:prod|test)-[0-9a-f]{64}", SURE),
    ("infracost key", ("ico-",), r"ico-[A-Za-z0-9]{32}", SURE),
    ("octopus key", ("API-",), r"API-[A-Z0-9]{26,32}", LOOSE),
    ("scalingo token", ("tk-us-",), r"tk-us-[A-Za-z0-9_-]{48}", SURE),
    # age-encryption.org/v1: bech32 in capitals
    ("age key", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}", SURE),
    # RFC 7519; whether it is worth anything is seen by what it says
    (
        "json web token",
        ("eyJ",),
        r"eyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}",
        LOOSE,
    ),
)

# Rule, what occurs in it, how many characters before that it may begin, the pattern (group 1 is the secret, where there
# is one), whether it is proof. What is loose by itself may be sure by what it says: an address by its host, say.
MARKED = (
    # RFC 7468, RFC 4880, openssh-key-v1, PuTTY's PPK
    (
        "private key",
        ("PRIVATE KEY",),
        50,
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"((?:[A-Za-z0-9+/=\s\"',\\:.#|*>]|-(?!----)){0,20000})(?:-----END [A-Z0-9 ]{0,40}KEY(?: BLOCK)?-----)?",
        SURE,
    ),
    (
        "private key",
        ("Private-Lines: ",),
        0,
        r"Private-Lines: \d{1,4}\r?\n((?:[A-Za-z0-9+/=]{1,80}\r?\n?){1,80})",
        SURE,
    ),
    # the user information of RFC 3986
    (
        "password in an address",
        ("://",),
        0,
        r"://[^\s/:@\"'<>{}$\\?#]{0,100}:([^\s/@\"'<>{}$\\]{3,200})@[A-Za-z0-9_.-]{1,200}",
        LOOSE,
    ),
    (
        "slack webhook",
        ("hooks.slack.com/",),
        0,
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9_/]{20,200}",
        SURE,
    ),
    (
        "discord webhook",
        ("/api/webhooks/",),
        20,
        r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_-]{60,80}",
        SURE,
    ),
    (
        "teams webhook",
        ("webhook.office.com/",),
        0,
        r"webhook\.office\.com/webhookb2/[0-9a-f@-]{60,80}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}",
        SURE,
    ),
    ("telegram token", ("api.telegram.org/bot",), 0, r"api\.telegram\.org/bot(\d{8,10}:[A-Za-z0-9_-]{35})", SURE),
    ("telegram token", (":AA",), 10, r"(?<![A-Za-z0-9_-])(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])", SURE),
    # Microsoft: common annotated security keys, Entra client secrets, shared access signatures
    ("azure key", ("JQQJ99",), 52, r"(?<![A-Za-z0-9])[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18,28}(?![A-Za-z0-9])", SURE),
    (
        "azure client secret",
        ("Q~",),
        4,
        r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])",
        SURE,
    ),
    ("azure signature", ("sig=",), 1, r"[?&;]sig=([A-Za-z0-9+/%]{43,80}(?:=|%3[Dd]))", LOOSE),
    # Google OAuth: refresh and access tokens
    ("google refresh token", ("1//0",), 0, r"1//0[A-Za-z0-9_-]{40,120}(?![A-Za-z0-9_-])", SURE),
    ("google access token", ("ya29.",), 0, r"ya29\.[A-Za-z0-9_-]{40,1000}", LOOSE),
    ("sendgrid key", ("SG.",), 0, r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", SURE),
    ("paypal token", ("access_token$",), 0, r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}", SURE),
    (
        "doppler token",
        ("dp.",),
        0,
        r"dp\.(?:ct|pt|st|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}(?![A-Za-z0-9])",
        SURE,
    ),
    ("vault token", ("hvs.", "hvb."), 0, r"hv[sb]\.[A-Za-z0-9_-]{24,300}(?![A-Za-z0-9_-])", SURE),
    ("terraform token", (".atlasv1.",), 14, r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}", SURE),
    ("dynatrace token", ("dt0",), 0, r"dt0[cs](?:01|16)\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}", SURE),
    ("mapbox token", ("sk.eyJ",), 0, r"sk\.eyJ[A-Za-z0-9_-]{20,200}\.[A-Za-z0-9_-]{20,30}", SURE),
    ("cloudflare token", ("v1.0-",), 0, r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}", SURE),
    ("openshift token", ("sha256~",), 0, r"sha256~[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", SURE),
    ("slack token", ("xoxe.xox",), 0, r"xoxe\.xox[bp]-\d-[A-Za-z0-9]{100,250}", SURE),
    # what is base64 to its end: Bedrock, Svix and Stripe, Fly, Grafana, Sentry, 1Password
    ("aws bedrock key", ("ABSK",), 0, r"(?<![A-Za-z0-9+/])ABSK[A-Za-z0-9+/]{109,269}={0,2}", SURE),
    ("webhook signing secret", ("whsec_",), 0, r"whsec_[A-Za-z0-9+/]{32,90}={0,2}", SURE),
    ("fly token", ("fm1", "fm2_"), 0, r"fm(?:1[ra]|2)_[A-Za-z0-9+/]{100,1000}={0,2}", SURE),
    ("grafana token", ("glc_",), 0, r"glc_[A-Za-z0-9+/]{32,500}={0,2}", SURE),
    ("grafana token", ("eyJrIjoi",), 0, r"eyJrIjoi[A-Za-z0-9+/]{60,400}={0,2}", SURE),
    ("sentry token", ("sntrys_",), 0, r"sntrys_eyJ[A-Za-z0-9+/=_]{80,500}", SURE),
    ("1password token", ("ops_eyJ",), 0, r"ops_eyJ[A-Za-z0-9+/_-]{250,2000}={0,2}", SURE),
    # the netrc of ftp(1), the configuration of Docker, the Basic scheme of RFC 7617, RFC 6750
    (
        "password in a netrc",
        ("machine ",),
        0,
        r"machine\s{1,9}\S{1,99}\s{1,9}login\s{1,9}\S{1,99}\s{1,9}password\s{1,9}([^\s{}<>$()\"\'\\]{4,99})",
        LOOSE,
    ),
    ("docker login", ('"auth"',), 0, r'"auth"\s{0,9}:\s{0,9}"([A-Za-z0-9+/]{12,400}={0,2})"', LOOSE),
    ("basic authentication", ("Basic ",), 0, r"Basic ([A-Za-z0-9+/]{12,400}={0,2})(?![A-Za-z0-9+/=])", LOOSE),
    ("bearer token", ("Bearer ",), 0, r"Bearer ([A-Za-z0-9_.~+/-]{20,1000}={0,2})(?![A-Za-z0-9_.~+/=-])", LOOSE),
)

# Rule, words of which one is in the name that is assigned to (lower case; before the name stands a `_`), what is in the
# value, the whole value. Sure where the value looks drawn.
NAMED = (
    ("aws secret access key", ("aws", "secret_access_key", "secretaccesskey"), "", r"[A-Za-z0-9/+]{40}"),
    ("azure key", ("account", "azure", "storage", "cosmos", "batch"), "==", r"[A-Za-z0-9+/]{86}=="),
    ("azure key", ("shared", "azure", "servicebus", "eventhub", "redis", "iot"), "=", r"[A-Za-z0-9+/]{43}="),
    ("azure key", ("azure", "function"), "AzFu", r"[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{6}=="),
    ("azure key", ("azure", "search"), "AzSe", r"[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}"),
    ("azure key", ("azure", "registry", "_acr"), "+ACR", r"[A-Za-z0-9+/]{42}\+ACR[A-D][A-Za-z0-9+/]{5}"),
    ("azure devops token", ("azure", "devops", "azdo", "_ado_", "vsts", "system_access"), "", r"[a-z2-7]{52}"),
    ("google api key", ("google", "gemini", "gcp"), "AQ.", r"AQ\.[A-Za-z0-9_-]{40,80}"),
    ("twilio key", ("twilio",), "", r"[0-9a-f]{32}"),
    ("mailgun key", ("mailgun", "_mg_"), "", r"(?:key-)?[0-9a-f]{32}(?:-[0-9a-f]{8}-[0-9a-f]{8})?"),
    ("mailchimp key", ("",), "-us", r"[0-9a-f]{32}-us\d{1,2}"),
    ("new relic key", ("",), "NRAL", r"[0-9a-f]{32,36}(?:FFFF)?NRAL"),
    ("asana token", ("",), "/", r"[0-2]/\d{10,20}(?:/\d{10,20})?:[0-9a-f]{32}"),
    ("discord token", ("",), ".", r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}"),
    ("telegram token", ("",), ":", r"\d{8,10}:[A-Za-z0-9_-]{35}"),
    ("cloudflare token", ("cloudflare", "_cf_"), "", r"[A-Za-z0-9_-]{40}|[0-9a-f]{37}"),
    ("vercel token", ("vercel",), "", r"[A-Za-z0-9]{24}"),
    ("heroku key", ("heroku",), "-", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("datadog key", ("datadog", "_dd_"), "", r"[0-9a-f]{32}|[0-9a-f]{40}"),
    ("mistral key", ("mistral", "codestral"), "", r"[A-Za-z0-9]{32}"),
    ("cohere key", ("cohere", "_co_"), "", r"[A-Za-z0-9]{40}"),
    ("asana token", ("asana",), "", r"[0-9a-f]{32}"),
    ("snowflake password", ("snowflake",), "", r"(?=\D{0,60}\d)(?=[^A-Z]{0,60}[A-Z])(?=[^a-z]{0,60}[a-z])\S{10,64}"),
    ("paypal secret", ("paypal",), "E", r"E[A-Za-z0-9_-]{79}"),
    ("vault token", ("vault",), "s.", r"s\.[A-Za-z0-9]{24}"),
    ("npm token", ("_authtoken", "_auth_token", "npm"), "-", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("snyk token", ("snyk",), "-", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("launchdarkly key", ("",), "-", r"(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("wandb key", ("wandb",), "", r"[0-9a-f]{40}"),
    ("deepgram key", ("deepgram",), "", r"[0-9a-f]{40}"),
    ("okta token", ("okta",), "00", r"00[A-Za-z0-9_-]{40}"),
    ("plaid secret", ("plaid",), "", r"[0-9a-f]{30}|access-(?:sandbox|development|production)-[0-9a-f-]{36}"),
    ("facebook secret", ("facebook", "_fb_"), "", r"[0-9a-f]{32}"),
    ("netlify token", ("netlify",), "", r"[A-Za-z0-9_-]{43,45}"),
    ("fastly token", ("fastly",), "", r"[A-Za-z0-9_-]{32}"),
)

EXAMPLES = frozenset(
    (
        *("dfc249b61f6fc1a6", "7ea68490660dfb13", "d4253ae72587f26a", "4a9ef4275105bb92"),  # GitHub's; Stripe's
        *("dd8dcd4a67d16dfc", "645ec3eef7f431a9", "94950bf209f10019"),  # Svix's; the emulators of Azure
    )
)
"""Fingerprints of keys that stand in documentation for everybody to copy: no secrets, however they look."""

# Names of untracked files that are not taken into a snapshot: they are what people keep out of git on purpose.
FILES = (
    *(".env", ".env.*", "*.env", ".envrc", ".netrc", "_netrc", ".pgpass", ".pypirc", ".npmrc", ".htpasswd"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore"),
    *("*.kdbx", "*.ppk", "*.asc.key", "credentials", "credentials.json", "credentials.*.json", "client_secret*.json"),
    *("service-account*.json", "service_account*.json", "secrets.json", "secrets.y*ml", "secrets.toml", "*.tfstate"),
    *("*.tfvars", ".git-credentials", ".dockercfg", ".docker/config.json", "kubeconfig", "*.kubeconfig", "*.ovpn"),
    *("token.txt", "*.token"),
)
SAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist", "*.pub", "*.example", "*.sample")
"""Names of files that are meant to be shared, whatever `FILES` says."""
