"""Secrets as providers document them, made up at random, and lines that hold them in the notations of many files.

Written from the documentation of each format, and knows nothing of our rules. In a template `<kind:length>` stands for
so many characters of a kind.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_KINDS = {
    "an": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "d": string.digits,
    "lo": string.ascii_lowercase + string.digits,
    "UP": string.ascii_uppercase + string.digits,
    "b32": string.ascii_uppercase + "234567",
    "l32": string.ascii_lowercase + "234567",
    "url": string.ascii_letters + string.digits + "-_",
    "b64": string.ascii_letters + string.digits + "+/",
    "aad": string.ascii_letters + string.digits + "_~.-",
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "pad": "AQgw",
}
_UUID = "<hex:8>-<hex:4>-4<hex:3>-a<hex:3>-<hex:12>"
SHAPES = {
    "aws": ("AKIA<b32:16>", "ASIA<b32:16>", "ABIA<b32:16>", "ACCA<b32:16>", "ABSK<b64:131>="),
    "github": (
        *(f"gh{kind}_<an:36>" for kind in "pousr"),
        "github_pat_<an:22>_<an:59>",
        "ghr_<an:76>",
    ),
    "gitlab": (
        *(f"gl{kind}-<url:20>" for kind in ("pat", "dt", "rt", "rtr", "ft", "soat", "ffct")),
        *("glptt-<hex:40>", "glimt-<lo:25>", "glagent-<url:50>", "gloas-<hex:64>", "glcbt-<hex:2>_<url:20>"),
        *("glpat-<url:27>.<lo:2><lo:7>", "glpat-<url:44>.01.<lo:9>", "glrt-t1_<url:27>.<lo:2><lo:7>"),
        "GR1348941<url:20>",
    ),
    "openai": (
        "sk-<an:20>T3BlbkFJ<an:20>",
        *(f"sk-{kind}-<url:74>T3BlbkFJ<url:74>" for kind in ("proj", "svcacct", "admin")),
        *("sk-proj-<url:58>T3BlbkFJ<url:58>", "sk-proj-<an:20>T3BlbkFJ<an:20>"),
    ),
    "anthropic": ("sk-ant-api03-<url:93>AA", "sk-ant-admin01-<url:93>AA", "sk-ant-oat01-<url:93>AA"),
    "google": ("AIzaSy<url:33>", "GOCSPX-<url:28>", "1//0<url:60>"),
    "azure": (
        "<an:3>8Q~<aad:34>",
        "<an:3>7Q~<aad:31>",
        "<an:52>JQQJ99B<hex:0>AACYeBjFXJ3w3AAAB<an:1>COG<an:4>",
        "DefaultEndpointsProtocol=https;AccountName=<lo:12>;AccountKey=<b64:86>==;EndpointSuffix=core.windows.net",
        "Endpoint=sb://<lo:9>.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;"
        "SharedAccessKey=<b64:43>=",
        "https://<lo:9>.blob.core.windows.net/data?sv=2023-01-03&se=2031-01-01T00%3A00%3A00Z&sr=c&sp=rl&sig=<b64:43>%3D",
    ),
    "slack": (
        *("xoxb-<d:12>-<d:13>-<an:24>", "xoxp-<d:12>-<d:12>-<d:13>-<hex:32>", "xoxa-2-<d:12>-<d:12>-<d:12>-<hex:32>"),
        *("xoxr-<d:12>-<d:12>-<an:24>", "xoxe.xoxp-1-<an:166>", "xoxe-1-<an:147>", "xapp-1-A<UP:10>-<d:13>-<hex:64>"),
        *("https://hooks.slack.com/services/T<UP:8>/B<UP:10>/<an:24>", "xoxs-<d:10>-<d:10>-<d:10>-<hex:10>"),
    ),
    "stripe": ("sk_live_<an:24>", "sk_test_<an:99>", "rk_live_<an:24>", "rk_test_<an:99>", "sk_live_51<an:97>"),
    "svix": ("whsec_<an:32>", "whsec_<b64:43>="),
    "twilio": ("SK<hex:32>",),
    "sendgrid": ("SG.<url:22>.<url:43>",),
    "npm": ("npm_<an:36>",),
    "pypi": ("pypi-AgEIcHlwaS5vcmcCJ<url:150>", "pypi-AgENdGVzdC5weXBpLm9yZwIk<url:140>"),
    "rubygems": ("rubygems_<hex:48>",),
    "crates.io": ("cio<an:32>",),
    "nuget": ("oy2<l32:43>",),
    "docker": ("dckr_pat_<url:27>", "dckr_oat_<url:32>"),
    "hugging face": ("hf_<alpha:34>", "api_org_<alpha:34>"),
    "replicate": ("r8_<an:37>",),
    "groq": ("gsk_<an:52>",),
    "xai": ("xai-<an:80>",),
    "perplexity": ("pplx-<an:48>",),
    "openrouter": ("sk-or-v1-<hex:64>",),
    "deepseek": ("sk-<hex:32>",),
    "nvidia": ("nvapi-<url:64>",),
    "langsmith": ("lsv2_pt_<hex:32>_<hex:10>", "lsv2_sk_<hex:32>_<hex:10>"),
    "tavily": ("tvly-<an:32>", "tvly-dev-<an:32>"),
    "digitalocean": ("dop_v1_<hex:64>", "doo_v1_<hex:64>", "dor_v1_<hex:64>"),
    "heroku": ("HRKU-AA<url:58>",),
    "cloudflare": ("cfk_<an:40><hex:8>", "cfut_<an:40><hex:8>", "cfat_<an:40><hex:8>", "v1.0-<hex:24>-<hex:146>"),
    "fly": ("fo1_<url:43>", "fm2_<b64:300>", "fm1r_<b64:200>=="),
    "vercel": ("vcp_<an:56>", "vck_<an:56>"),
    "netlify": ("nfp_<an:36>",),
    "supabase": ("sbp_<hex:40>", "sb_secret_<url:22>_<url:8>"),
    "planetscale": ("pscale_tkn_<url:43>", "pscale_oauth_<url:43>", "pscale_pw_<url:43>"),
    "databricks": ("dapi<hex:32>", "dapi<hex:32>-2"),
    "neon": ("napi_<lo:64>",),
    "shopify": ("shpat_<hex:32>", "shpca_<hex:32>", "shppa_<hex:32>", "shpss_<hex:32>"),
    "square": ("sq0atp-<url:22>", "sq0csp-<url:43>", "EAAA<url:60>"),
    "paypal": ("access_token$production$<lo:16>$<hex:32>",),
    "atlassian": ("ATATT3xFfGF0<url:171>=<HEX:8>", "ATCTT3xFfGN0<url:171>=<HEX:8>", "ATBB<an:32>"),
    "linear": ("lin_api_<an:40>", "lin_oauth_<hex:64>"),
    "notion": ("secret_<an:43>", "ntn_<d:11><an:35>"),
    "airtable": ("pat<an:14>.<hex:64>",),
    "figma": ("figd_<url:40>",),
    "discord": ("https://discord.com/api/webhooks/<d:19>/<url:68>",),
    "telegram": ("<d:10>:AA<url:33>", "https://api.telegram.org/bot<d:10>:AA<url:33>/sendMessage"),
    "sentry": ("sntryu_<hex:64>",),
    "new relic": ("NRAK-<UP:27>", "NRII-<url:32>"),
    "grafana": ("glsa_<an:32>_<hex:8>", "glc_eyJ<b64:120>=="),
    "doppler": ("dp.pt.<an:43>", "dp.st.dev.<an:43>", "dp.ct.<an:40>"),
    "vault": ("hvs.<url:95>", "hvs.<an:24>", "hvb.<url:160>"),
    "terraform": ("<an:14>.atlasv1.<an:67>",),
    "pulumi": ("pul-<hex:40>",),
    "postman": ("PMAK-<hex:24>-<hex:34>",),
    "age": ("AGE-SECRET-KEY-1<bech:58>",),
    "tailscale": ("tskey-auth-<an:17>-<an:32>", "tskey-api-<an:17>-<an:32>"),
    "hubspot": (f"pat-na1-{_UUID}",),
    "contentful": ("CFPAT-<url:43>",),
    "circleci": ("CCIPAT_<an:22>_<hex:40>",),
    "buildkite": ("bkua_<hex:40>",),
    "sonar": ("sqp_<hex:40>", "squ_<hex:40>"),
    "sourcegraph": ("sgp_<hex:16>_<hex:40>",),
    "dynatrace": ("dt0c01.<UP:24>.<UP:64>",),
    "posthog": ("phx_<an:43>",),
    "brevo": ("xkeysib-<hex:64>-<an:16>",),
    "artifactory": ("AKCp<an:69>",),
    "clojars": ("CLOJARS_<hex:60>",),
    "easypost": ("EZAK<an:54>",),
    "address": ("postgres://shop:<an:18>@db.shop.io:5432/shop", "mongodb+srv://app:<an:20>@cluster0.mongodb.net/app",
                "redis://default:<an:32>@cache.shop.dev:6379", "https://deploy:<an:24>@git.shop.io/a.git"),
}  # fmt: skip
"""By provider: what is a secret wherever it stands."""
NAMED = {
    "aws": (("AWS_SECRET_ACCESS_KEY", "<b64:40>"), ("aws_secret_access_key", "<b64:40>")),
    "azure": (("AZURE_STORAGE_KEY", "<b64:86>=="), ("azure_devops_token", "<l32:52>"),
              ("AZURE_DEVOPS_EXT_PAT", "<l32:52>"),
              ("COSMOS_KEY", "<b64:76>ACDb<an:5><pad:1>=="), ("STORAGE_ACCOUNT_KEY", "<b64:76>+ASt<an:5><pad:1>==")),
    "twilio": (("TWILIO_AUTH_TOKEN", "<hex:32>"),),
    "mailgun": (("MAILGUN_API_KEY", "key-<hex:32>"), ("MAILGUN_API_KEY", "<hex:32>-<hex:8>-<hex:8>")),
    "mailchimp": (("MAILCHIMP_API_KEY", "<hex:32>-us<d:2>"), ("api_key", "<hex:32>-us6")),
    "mistral": (("MISTRAL_API_KEY", "<an:32>"),),
    "cohere": (("COHERE_API_KEY", "<an:40>"), ("CO_API_KEY", "<an:40>")),
    "heroku": (("HEROKU_API_KEY", _UUID),),
    "cloudflare": (("CLOUDFLARE_API_TOKEN", "<url:40>"), ("CF_API_KEY", "<hex:37>")),
    "vercel": (("VERCEL_TOKEN", "<an:24>"),),
    "netlify": (("NETLIFY_AUTH_TOKEN", "<url:43>"),),
    "datadog": (("DD_API_KEY", "<hex:32>"), ("DATADOG_APP_KEY", "<hex:40>")),
    "asana": (("ASANA_TOKEN", "1/<d:16>:<hex:32>"), ("token", "2/<d:16>/<d:16>:<hex:32>")),
    "discord": (("DISCORD_TOKEN", "M<an:25>.<url:6>.<url:38>"), ("token", "N<an:23>.<url:6>.<url:27>")),
    "telegram": (("TELEGRAM_BOT_TOKEN", "<d:9>:AA<url:33>"),),
    "new relic": (("NEW_RELIC_LICENSE_KEY", "<hex:32>FFFFNRAL"),),
    "paypal": (("PAYPAL_CLIENT_SECRET", "E<url:79>"),),
    "snowflake": (("SNOWFLAKE_PASSWORD", "aZ4<an:15>"),),
    "npm": (("_authToken", _UUID),),
    "google": (("GEMINI_API_KEY", "AQ.Ab8<url:47>"),),
    "deepgram": (("DEEPGRAM_API_KEY", "<hex:40>"),),
    "okta": (("OKTA_API_TOKEN", "00<url:40>"),),
    "vault": (("VAULT_TOKEN", "s.<an:24>"),),
}  # fmt: skip
"""By provider: what is one where the name that it is given says whose."""
GENERIC = (
    ("api_key", "<an:32>"),
    ("DB_PASSWORD", "<an:20>"),
    ("client_secret", "<url:40>"),
    ("access_token", "<an:40>"),
)
"""What any program may have: told, and stops nobody."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A piece of text with a secret in it: `lines` to be put among others. `core` is what must not be shown."""

    provider: str
    grade: str
    notation: str
    lines: str
    core: str


def fill(template: str, chance: random.Random) -> str:
    return re.sub(r"<(\w+):(\d+)>", lambda m: "".join(chance.choices(_KINDS[m[1]], k=int(m[2]))), template)


def _camel(name: str) -> str:
    head, *rest = name.lower().strip("_").split("_")
    return head + "".join(part.title() for part in rest)


NOTATIONS: dict[str, Callable[[str, str], str]] = {
    "python": lambda name, value: f'{name} = "{value}"',
    "python dict": lambda name, value: f"    '{name}': '{value}',",
    "python environ": lambda name, value: f'os.environ["{name}"] = "{value}"',
    "python call": lambda name, value: f'client = Client({name.lower()}="{value}", timeout=3)',
    "javascript": lambda name, value: f"const {_camel(name)} = '{value}';",
    "javascript object": lambda name, value: f"  {_camel(name)}: `{value}`,",
    "typescript": lambda name, value: f'  private readonly {_camel(name)}: string = "{value}";',
    "go": lambda name, value: f'\t{_camel(name)} := "{value}"',
    "go const": lambda name, value: f'const {_camel(name)} string = "{value}"',
    "java": lambda name, value: f'    private static final String {name.upper()} = "{value}";',
    "rust": lambda name, value: f'let {name.lower()}: &str = "{value}";',
    "ruby": lambda name, value: f"config[:{name.lower()}] = '{value}'",
    "yaml": lambda name, value: f"  {name}: {value}",
    "yaml quoted": lambda name, value: f'  - {name}: "{value}"',
    "json": lambda name, value: f"  {json.dumps(name)}: {json.dumps(value)},",
    "env": lambda name, value: f"{name}={value}",
    "toml": lambda name, value: f'{name.lower()} = "{value}"',
    "shell": lambda name, value: f"export {name}='{value}'",
    "dockerfile": lambda name, value: f"ENV {name} {value}",
    "dockerfile arg": lambda name, value: f"ARG {name}={value}",
    "xml": lambda name, value: f"    <{_camel(name)}>{value}</{_camel(name)}>",
    "xml attribute": lambda name, value: f'    <add key="{_camel(name)}" value="{value}" />',
    "makefile": lambda name, value: f"{name} ?= {value}",
    "readme": lambda name, value: f"Set `{name}` to `{value}` before you start.",
    "command line": lambda name, value: f"$ tool --{name.lower().replace('_', '-')}={value} run",
}
_FREE = ("VALUE", "settings_x", "CREDENTIALS", "API_TOKEN", "apiKey", "secret")
"""Names for what needs none."""
_LOOSE_NOTATIONS = frozenset(("readme",))
"""Where a name and its value are a sentence: what is known by its name alone is not looked for there."""


def samples(chance: random.Random, times: int) -> Iterator[Sample]:
    """Each template so often, each time in another notation."""
    notations = list(NOTATIONS)
    for turn in range(times):
        for provider, templates in SHAPES.items():
            for number, template in enumerate(templates):
                notation = notations[(turn * 7 + number * 5 + len(provider)) % len(notations)]
                value = fill(template, chance)
                core = _core(value)
                lines = NOTATIONS[notation](chance.choice(_FREE), value)
                yield Sample(provider=provider, grade="shape", notation=notation, lines=lines, core=core)
        for provider, pairs in NAMED.items():
            yield from _named(
                provider, "named", pairs, [one for one in notations if one not in _LOOSE_NOTATIONS], turn, chance
            )
        yield from _named(
            "generic", "generic", GENERIC, [n for n in notations if n not in _LOOSE_NOTATIONS], turn, chance
        )
        yield from _blocks(chance)
        yield from _configured(chance)


def _named(
    provider: str,
    grade: str,
    pairs: tuple[tuple[str, str], ...],
    notations: list[str],
    turn: int,
    chance: random.Random,
) -> Iterator[Sample]:
    for number, (name, template) in enumerate(pairs):
        notation = notations[(turn * 7 + number * 5 + len(provider)) % len(notations)]
        value = fill(template, chance)
        yield Sample(
            provider=provider, grade=grade, notation=notation, lines=NOTATIONS[notation](name, value), core=value
        )


def _core(value: str) -> str:
    """Of an address or a connection string, the part that is secret."""
    for pattern in (r"AccountKey=([^;]+)", r"SharedAccessKey=([^;]+)", r"sig=(.+)", r"://\w+:(\w+)@", r"/bot([^/]+)/"):
        if found := re.search(pattern, value):
            return found[1]
    return value.removeprefix("https://")


def _blocks(chance: random.Random) -> Iterator[Sample]:
    for kind in ("RSA ", "EC ", "OPENSSH ", "", "ENCRYPTED ", "DSA "):
        data = base64.b64encode(chance.randbytes(500)).decode()
        rows = [data[at : at + 64] for at in range(0, len(data), 64)]
        head, tail = (f"-----{end} {kind}PRIVATE KEY-----" for end in ("BEGIN", "END"))
        if kind == "RSA ":
            head += "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC," + fill("<HEX:32>", chance) + "\n"
        plain = "\n".join([head, *rows, tail])
        for notation, lines in (
            ("key file", plain),
            ("json string", json.dumps({"private_key": plain + "\n"})),
            ("yaml block", "key: |\n" + "\n".join(f"  {row}" for row in plain.split("\n"))),
            ("python string", 'KEY = """' + plain + '"""'),
            ("javascript string", " +\n".join(f"  '{row}\\n'" for row in plain.split("\n"))),
        ):
            yield Sample(provider="private key", grade="shape", notation=notation, lines=lines, core=rows[3])
    data = base64.b64encode(chance.randbytes(700)).decode()
    rows = [data[at : at + 64] for at in range(0, len(data), 64)]
    pgp = "\n".join(["-----BEGIN PGP PRIVATE KEY" + " BLOCK-----", "Version: GnuPG v2", "", *rows, "=aB3d",
                     "-----END PGP PRIVATE KEY" + " BLOCK-----"])  # fmt: skip
    putty = "\n".join(["PuTTY-User-Key-File-3: ssh-ed25519", "Encryption: none", "Comment: me", "Public-Lines: 1",
                       rows[0], "Private-Lines: 3", *rows[1:4], "Private-MAC: 00"])  # fmt: skip
    yield Sample(provider="private key", grade="shape", notation="pgp", lines=pgp, core=rows[3])
    yield Sample(provider="private key", grade="shape", notation="putty", lines=putty, core=rows[2])


def _configured(chance: random.Random) -> Iterator[Sample]:
    """Files with a notation of their own."""
    word = fill("<an:18>7", chance)
    login = base64.b64encode(f"deploy:{word}".encode()).decode()
    npm = fill("npm_<an:36>", chance)
    for notation, lines, core in (
        ("netrc", f"machine git.shop.io login deploy password {word}", word),
        ("npmrc", f"//registry.npmjs.org/:_authToken={npm}", npm),
        ("docker config", f'{{"auths": {{"ghcr.io": {{"auth": "{login}"}}}}}}', login),
        ("header", f'-H "Authorization: Basic {login}"', login),
    ):
        yield Sample(provider="configuration", grade="shape", notation=notation, lines=lines, core=core)
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (
        {"alg": "HS256", "typ": "JWT"}, {"sub": fill("<d:9>", chance), "iat": 1_700_000_000}))  # fmt: skip
    token = f"{head}.{body}.{fill('<url:43>', chance)}"
    yield Sample(provider="generic", grade="generic", notation="jwt", lines=f'const session = "{token}"', core=token)
    value = fill("<an:40>", chance)
    yield Sample(
        provider="generic", grade="generic", notation="bearer", lines=f'"Authorization: Bearer {value}"', core=value
    )
