"""An import leads to the files that a reader of the project would open, and never out of the tree."""

import random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.syntax.language import languages
from swe_agent.syntax.manifests import aliases
from swe_agent.syntax.modules import Modules

TREES = {
    "python": [
        "setup.py",
        "shop/__init__.py",
        "shop/cart.py",
        "shop/json.py",
        "shop/tax/__init__.py",
        "shop/tax/rates.py",
        "src/other/__init__.py",
        "src/other/thing.py",
        "tests/helper.py",
        "tests/test_cart.py",
        "backend/app/models.py",
        "backend/app/views.py",
        "tools/my-pkg/run.py",
    ],
    "javascript": [
        "src/index.ts",
        "src/cart.ts",
        "src/cart.test.ts",
        "src/pages/index.tsx",
        "src/pages/home.tsx",
        "src/pages/home.css",
        "src/legacy/old.js",
        "src/react.js",
        "packages/tax/src/index.ts",
        "packages/tax/src/rates.ts",
    ],
    "go": [
        "main.go",
        "cart/cart.go",
        "cart/line.go",
        "cart/cart_test.go",
        "internal/json/json.go",
        "pkg/tax/tax.go",
    ],
    "java": [
        "src/main/java/com/shop/Cart.java",
        "src/main/java/com/shop/tax/Rate.java",
        "src/main/java/com/shop/tax/Table.java",
        "src/main/kotlin/com/shop/Tool.kt",
        "src/test/java/com/shop/CartTest.java",
        "core/src/main/java/com/shop/core/List.java",
    ],
    "rust": [
        "src/lib.rs",
        "src/cart.rs",
        "src/cart/line.rs",
        "src/tax/mod.rs",
        "src/tax/rates.rs",
        "crates/shop-core/src/lib.rs",
        "crates/shop-core/src/money.rs",
    ],
    "cpp": [
        "include/shop/cart.hpp",
        "include/shop/tax.h",
        "src/cart.cpp",
        "src/cart.h",
        "src/deep/inner.cc",
        "src/deep/local.h",
        "third/zlib/zconf.h",
    ],
    "ruby": ["lib/shop.rb", "lib/shop/cart.rb", "lib/shop/json.rb", "spec/cart_spec.rb", "spec/spec_helper.rb"],
    "php": [
        "src/Cart/Line.php",
        "src/Cart/Cart.php",
        "src/Tax.php",
        "public/index.php",
        "public/setup.php",
        "tests/CartTest.php",
    ],
    "c-sharp": [
        "src/Shop.Core/Cart.cs",
        "src/Shop.Core/Line.cs",
        "src/Shop.Core/Tax/Rates.cs",
        "src/Shop.Web/Program.cs",
        "test/Shop.Tests/CartTests.cs",
    ],
    "lua": ["lua/shop/init.lua", "lua/shop/tax.lua", "spec/helper.lua", "spec/cart_spec.lua"],
    "swift": [
        "Sources/Shop/Cart.swift",
        "Sources/Shop/Line.swift",
        "Sources/Tax/Rate.swift",
        "Tests/ShopTests/A.swift",
    ],
    "scala": [
        "src/main/scala/shop/Cart.scala",
        "src/main/scala/shop/tax/Rate.scala",
        "src/test/scala/shop/Cases.scala",
    ],
    "html": ["index.html", "styles/shop.css", "scripts/cart.js"],
}

CASES = [
    # absolute, from the top, from a root, from a folder that is no package
    ("python", "tests/test_cart.py", "shop.cart", (), ("shop/cart.py",)),
    ("python", "tests/test_cart.py", "shop.tax", (), ("shop/tax/__init__.py",)),
    ("python", "tests/test_cart.py", "shop", ("cart",), ("shop/cart.py",)),
    ("python", "tests/test_cart.py", "shop", ("cart", "VERSION"), ("shop/__init__.py", "shop/cart.py")),
    ("python", "tests/test_cart.py", "shop.tax", ("*",), ("shop/tax/__init__.py",)),
    ("python", "tests/test_cart.py", "other.thing", (), ("src/other/thing.py",)),
    ("python", "tests/test_cart.py", "helper", (), ("tests/helper.py",)),
    ("python", "backend/app/views.py", "app.models", (), ("backend/app/models.py",)),
    ("python", "tests/test_cart.py", "my_pkg.run", (), ("tools/my-pkg/run.py",)),
    # what is not ours: shop/json.py is not the `json` of its neighbours
    ("python", "shop/cart.py", "json", (), ()),
    ("python", "shop/cart.py", "os.path", ("join",), ()),
    ("python", "shop/cart.py", "tax", (), ()),
    # relative
    ("python", "shop/cart.py", ".", ("json", "tax"), ("shop/json.py", "shop/tax/__init__.py")),
    ("python", "shop/tax/rates.py", "..cart", ("Cart",), ("shop/cart.py",)),
    ("python", "shop/tax/__init__.py", ".rates", (), ("shop/tax/rates.py",)),
    ("python", "shop/cart.py", "...cart", (), ()),
    ("javascript", "src/index.ts", "./cart", (), ("src/cart.ts",)),
    ("javascript", "src/index.ts", "./cart.js", (), ("src/cart.ts",)),
    ("javascript", "src/index.ts", "./pages", (), ("src/pages/index.tsx",)),
    ("javascript", "src/pages/home.tsx", "../cart", (), ("src/cart.ts",)),
    ("javascript", "src/pages/home.tsx", "..", (), ("src/index.ts",)),
    ("javascript", "src/legacy/old.js", "../pages/home", (), ("src/pages/home.tsx",)),
    ("javascript", "src/legacy/old.js", "@/cart", (), ("src/cart.ts",)),
    ("javascript", "src/pages/home.tsx", "./home.css", (), ("src/pages/home.css",)),
    ("javascript", "src/index.ts", "tax", (), ("packages/tax/src/index.ts",)),
    ("javascript", "src/index.ts", "./none", (), ()),
    ("javascript", "src/index.ts", "../../../cart", (), ()),
    ("javascript", "src/index.ts", "node:fs", (), ()),
    ("javascript", "src/index.ts", "lodash", (), ()),
    ("go", "main.go", "github.com/acme/shop/cart", (), ("cart/cart.go", "cart/line.go")),
    ("go", "main.go", "github.com/acme/shop/v2/pkg/tax", (), ("pkg/tax/tax.go",)),
    ("go", "main.go", "encoding/json", (), ()),
    ("go", "main.go", "fmt", (), ()),
    ("java", "src/test/java/com/shop/CartTest.java", "com.shop.Cart", (), ("src/main/java/com/shop/Cart.java",)),
    ("java", "src/test/java/com/shop/CartTest.java", "com.shop.Cart.LIMIT", (), ("src/main/java/com/shop/Cart.java",)),
    (
        "java",
        "src/main/java/com/shop/Cart.java",
        "com.shop.tax.*",
        (),
        ("src/main/java/com/shop/tax/Rate.java", "src/main/java/com/shop/tax/Table.java"),
    ),
    ("java", "src/main/java/com/shop/Cart.java", "com.shop.Tool", (), ("src/main/kotlin/com/shop/Tool.kt",)),
    ("java", "src/main/java/com/shop/Cart.java", "java.util.List", (), ()),
    (
        "java",
        "src/main/kotlin/com/shop/Tool.kt",
        "com.shop.core.List",
        (),
        ("core/src/main/java/com/shop/core/List.java",),
    ),
    ("rust", "src/lib.rs", "./cart", (), ("src/cart.rs",)),
    ("rust", "src/lib.rs", "crate::cart::Cart", (), ("src/cart.rs",)),
    ("rust", "src/cart.rs", "crate::tax", ("rates::Rate", "self"), ("src/tax/mod.rs", "src/tax/rates.rs")),
    ("rust", "src/cart.rs", "self::line::Line", (), ("src/cart/line.rs",)),
    ("rust", "src/cart/line.rs", "super::super::tax", (), ("src/tax/mod.rs",)),
    ("rust", "src/cart/line.rs", "super::Cart", (), ("src/cart.rs",)),
    ("rust", "src/lib.rs", "shop_core::money::Money", (), ("crates/shop-core/src/money.rs",)),
    ("rust", "crates/shop-core/src/lib.rs", "crate::money", (), ("crates/shop-core/src/money.rs",)),
    ("rust", "src/lib.rs", "std::collections::HashMap", (), ()),
    ("cpp", "src/cart.cpp", "cart.h", (), ("src/cart.h",)),
    ("cpp", "src/cart.cpp", "shop/cart.hpp", (), ("include/shop/cart.hpp",)),
    ("cpp", "src/deep/inner.cc", "../cart.h", (), ("src/cart.h",)),
    ("cpp", "src/cart.cpp", "zconf.h", (), ("third/zlib/zconf.h",)),
    ("cpp", "src/cart.cpp", "vector", (), ()),
    ("cpp", "src/cart.h", "shop/tax.h", (), ("include/shop/tax.h",)),
    ("ruby", "spec/cart_spec.rb", "shop/cart", (), ("lib/shop/cart.rb",)),
    ("ruby", "spec/cart_spec.rb", "spec_helper", (), ("spec/spec_helper.rb",)),
    ("ruby", "lib/shop.rb", "./shop/cart", (), ("lib/shop/cart.rb",)),
    ("ruby", "lib/shop/cart.rb", "json", (), ()),
    ("php", "tests/CartTest.php", "App\\Cart\\Line", (), ("src/Cart/Line.php",)),
    ("php", "tests/CartTest.php", "Acme\\Shop\\Cart\\Line", (), ("src/Cart/Line.php",)),
    ("php", "tests/CartTest.php", "App", ("Tax", "Cart\\Cart"), ("src/Cart/Cart.php", "src/Tax.php")),
    ("php", "public/index.php", "setup.php", (), ("public/setup.php",)),
    ("php", "public/index.php", "./../src/Tax.php", (), ("src/Tax.php",)),
    ("php", "src/Tax.php", "Psr\\Log\\LoggerInterface", (), ()),
    (
        "c-sharp",
        "src/Shop.Web/Program.cs",
        "Shop.Core",
        (),
        ("src/Shop.Core/Cart.cs", "src/Shop.Core/Line.cs"),
    ),
    ("c-sharp", "src/Shop.Web/Program.cs", "Shop.Core.Tax", (), ("src/Shop.Core/Tax/Rates.cs",)),
    ("c-sharp", "src/Shop.Web/Program.cs", "System.Linq", (), ()),
    ("lua", "spec/cart_spec.lua", "shop.tax", (), ("lua/shop/tax.lua",)),
    ("lua", "spec/cart_spec.lua", "shop", (), ("lua/shop/init.lua",)),
    ("lua", "spec/cart_spec.lua", "helper", (), ("spec/helper.lua",)),
    ("lua", "lua/shop/tax.lua", "string", (), ()),
    ("swift", "Tests/ShopTests/A.swift", "Shop", (), ("Sources/Shop/Cart.swift", "Sources/Shop/Line.swift")),
    ("swift", "Sources/Shop/Cart.swift", "Foundation", (), ()),
    ("scala", "src/test/scala/shop/Cases.scala", "shop.tax.", ("Rate",), ("src/main/scala/shop/tax/Rate.scala",)),
    ("scala", "src/test/scala/shop/Cases.scala", "scala.collection.mutable", (), ()),
    ("html", "index.html", "styles/shop.css", (), ("styles/shop.css",)),
    ("html", "index.html", "/scripts/cart.js", (), ("scripts/cart.js",)),
]


@pytest.mark.parametrize(("tree", "path", "module", "names", "expected"), CASES)
def test_resolve(tree: str, path: str, module: str, names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert Modules(TREES[tree]).resolve(path, module, names) == expected


def test_the_projects_own_name_makes_imports_exact() -> None:
    tree = Modules([*TREES["go"], "assert/assert.go"], aliases({"go.mod": b"module github.com/acme/shop\n"}))
    assert tree.resolve("main.go", "github.com/acme/shop/assert") == ("assert/assert.go",)
    assert tree.resolve("main.go", "github.com/other/tool/assert") == ()
    assert Modules([*TREES["rust"], "tests/all.rs"], aliases({"Cargo.toml": b"[package]\nname = 'shop'\n"})).resolve(
        "tests/all.rs", "shop::cart::Cart"
    ) == ("src/cart.rs",)


def test_of_many_alike_the_nearest_or_none() -> None:
    paths = [f"services/{name}/app/models/user.py" for name in "abcd"]
    modules = Modules([*paths, "services/a/app/views/main.py", "run/me.py"])
    assert modules.resolve("services/a/app/views/main.py", "models.user") == ("services/a/app/models/user.py",)
    assert modules.resolve("run/me.py", "models.user") == ()


def test_what_is_no_language_imports_nothing() -> None:
    assert Modules(["a.py", "b.unknown"]).resolve("b.unknown", "a") == ()
    assert Modules(["a.py"]).resolve("b.py", "") == ()


PART = st.sampled_from(["a", "b", "src", "lib", "index", "__init__", "mod", "x-y", "A.B"])
ENDING = st.sampled_from([table.extensions[0] for table in languages().values()])
PATH = st.builds(lambda parts, ending: "/".join(parts) + ending, st.lists(PART, min_size=1, max_size=4), ENDING)
MODULE = st.one_of(
    st.builds(
        lambda start, parts, joint: start + joint.join(parts),
        st.sampled_from(["", "./", "../", "../../", ".", "..", "/", "\\", "crate::", "super::", "@/", "x.com/a/b/"]),
        st.lists(st.one_of(PART, st.sampled_from(["..", "*", "super", "self", ""])), max_size=4),
        st.sampled_from([".", "/", "::", "\\"]),
    ),
    st.text(max_size=12),
)


@given(st.lists(PATH, max_size=12), PATH, MODULE, st.lists(MODULE, max_size=2), st.randoms(use_true_random=False))
def test_files_of_the_tree_whatever_their_order(
    paths: list[str], path: str, module: str, names: list[str], dice: random.Random
) -> None:
    found = Modules(paths).resolve(path, module, names)
    assert set(found) <= set(paths) - {path}
    assert list(found) == sorted(set(found))
    shuffled = [*paths, *paths[:2]]
    dice.shuffle(shuffled)
    assert Modules(shuffled).resolve(path, module, names) == found


@given(st.lists(PATH, max_size=8), st.integers(0, 3), st.sampled_from(["py", "js", "rs"]))
def test_relative_imports_never_leave_the_tree(paths: list[str], depth: int, ending: str) -> None:
    path = "/".join([*"stuv"[:depth], f"main.{ending}"])
    climb = {"py": "." * (depth + 2) + "a", "js": "../" * (depth + 1) + "a", "rs": "super::" * (depth + 2) + "a"}
    assert Modules(paths).resolve(path, climb[ending]) == ()


def test_a_large_tree_is_quick() -> None:
    paths = [f"src/p{n % 40}/q{n % 7}/m{n}.{'py' if n % 2 else 'ts'}" for n in range(3_000)]
    wanted = []
    for n in range(15_000):
        to = (n + 40) % 3_000
        dotted = f"p{to % 40}.q{to % 7}.m{to}"
        wanted.append((paths[n % 3_000], dotted if n % 2 else f"../q{to % 7}/m{to}", ("a", "b")))
    start = process_time()
    modules = Modules(paths)
    found = sum(bool(modules.resolve(*one)) for one in wanted)
    spent = process_time() - start
    assert found == 15_000
    # Some 0.3 s on a machine of 2024; the law is that it does not grow with the square of the tree.
    assert spent < 3, f"{spent:.2f} s"
