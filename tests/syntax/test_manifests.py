"""A project's own names for its modules lead where its build tools look for them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.syntax.manifests import aliases, is_manifest
from swe_agent.syntax.modules import Modules

MANIFESTS = {
    "package.json": b'{"name": "the-whole", "workspaces": ["packages/*"]}',
    "packages/tax-rates/package.json": b'{"name": "@shop/tax", "main": "dist/index.js", "source": "src/main.ts"}',
    "packages/cart/package.json": b'{"name": "cart", "main": "./lib/start.js"}',
    "packages/ui/package.json": b'{"name": "@shop/ui"}',
    "tsconfig.json": b"""{
        // compilers let this pass
        "compilerOptions": {"paths": {"@ui/*": ["./packages/ui/src/*"], "#*": ["./packages/*/src"], /* and */
            "config": ["./settings/all.ts"],}, "comment": "not // one, }"},
    }""",
    "site/jsconfig.json": b'{"compilerOptions": {"baseUrl": "pages", "paths": {"@ui/*": ["../kit/*"]}}}',
    "go.mod": b"// Deprecated: no\nmodule example.org/shop\n\ngo 1.22\n",
    "tools/go.mod": b"module example.org/shop/tools/v2\n",
    "Cargo.toml": b'[workspace]\nmembers = ["crates/*"]\n',
    "crates/money/Cargo.toml": b'[package]\nname = "shop-money"\n',
    "composer.json": b'{"autoload": {"psr-4": {"Shop\\\\": "php/", "Shop\\\\Tests\\\\": ["tests/php"]}}}',
    "broken/package.json": b"{",
    "odd/tsconfig.json": b'{"compilerOptions": {"paths": 3}}',
    "odder/package.json": b"[]",
}
FILES = [
    *MANIFESTS,
    "packages/tax-rates/src/main.ts",
    "packages/tax-rates/src/tables.ts",
    "packages/cart/lib/start.js",
    "packages/cart/src/line.ts",
    "packages/ui/src/index.ts",
    "packages/ui/src/button.tsx",
    "settings/all.ts",
    "site/pages/home.tsx",
    "site/pages/deep/about.tsx",
    "site/kit/button.tsx",
    "main.go",
    "cart/cart.go",
    "tools/lint/lint.go",
    "crates/money/src/lib.rs",
    "crates/money/src/coin.rs",
    "crates/app/src/main.rs",
    "php/Cart/Line.php",
    "tests/php/CartTest.php",
    "app/run.ts",
]


@pytest.fixture(scope="module")
def modules() -> Modules:
    return Modules(FILES, aliases(MANIFESTS))


@pytest.mark.parametrize(
    ("path", "module", "expected"),
    [
        ("app/run.ts", "@shop/tax", "packages/tax-rates/src/main.ts"),
        ("app/run.ts", "@shop/tax/tables", "packages/tax-rates/src/tables.ts"),
        ("app/run.ts", "@shop/tax/src/tables.js", "packages/tax-rates/src/tables.ts"),
        ("app/run.ts", "cart", "packages/cart/lib/start.js"),
        ("app/run.ts", "cart/line", "packages/cart/src/line.ts"),
        ("app/run.ts", "@shop/ui", "packages/ui/src/index.ts"),
        ("app/run.ts", "@ui/button", "packages/ui/src/button.tsx"),
        ("app/run.ts", "#ui", "packages/ui/src/index.ts"),
        ("app/run.ts", "config", "settings/all.ts"),
        ("app/run.ts", "@shop/none", ""),
        ("app/run.ts", "@ui/none", ""),
        ("site/pages/home.tsx", "@ui/button", "site/kit/button.tsx"),
        ("site/pages/deep/about.tsx", "home", "site/pages/home.tsx"),
        ("app/run.ts", "home", ""),
        ("main.go", "example.org/shop/cart", "cart/cart.go"),
        ("cart/cart.go", "example.org/shop", "main.go"),
        ("main.go", "example.org/shop/tools/v2/lint", "tools/lint/lint.go"),
        ("main.go", "github.com/other/cart", ""),
        ("crates/app/src/main.rs", "shop_money::coin::Coin", "crates/money/src/coin.rs"),
        ("crates/app/src/main.rs", "shop_money::Coin", "crates/money/src/lib.rs"),
        ("tests/php/CartTest.php", "Shop\\Cart\\Line", "php/Cart/Line.php"),
        ("php/Cart/Line.php", "Shop\\Tests\\CartTest", "tests/php/CartTest.php"),
    ],
)
def test_names_of_its_own_lead_to_files(modules: Modules, path: str, module: str, expected: str) -> None:
    assert modules.resolve(path, module) == ((expected,) if expected else ())


def test_which_files_are_read() -> None:
    assert all(map(is_manifest, [*MANIFESTS, "tsconfig.build.json"]))
    assert not any(map(is_manifest, ["my-package.json", "node_modules/x/package.json", "a.json", "tsconfig.ts"]))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["name", "main", "compilerOptions", "paths", "baseUrl", "autoload", "psr-4", "package", "lib"])
        | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(sorted(MANIFESTS)), json_values | st.binary(max_size=40))
def test_whatever_a_manifest_holds(path: str, held: object) -> None:
    data = held if isinstance(held, bytes) else json.dumps(held).encode()
    modules = Modules(FILES, aliases({path: data}))
    assert set(modules.resolve("app/run.ts", "@shop/tax")) <= set(FILES)
