"""Against whoever decides about the change: what git can be told to hide, and what a terminal does not show."""

from sandbox.battery.attempt import Attempt, HostReview, python
from sandbox.battery.evidence import raw, unflagged, unseen

_REVIEW = (HostReview(),)

# Files that run, or decide what runs, when somebody opens, builds or tests the project.
_RUNS = (
    ".github/workflows/x.yml", ".vscode/tasks.json", "x.code-workspace", ".nvim.lua", ".exrc", ".dir-locals.el",
    ".gdbinit", ".lldbinit", ".envrc", "mise.toml", ".tool-versions", "flake.nix", "shell.nix", "Taskfile.yml",
    "lefthook.yml", ".pnpmfile.cjs", "pnpm-workspace.yaml", "bunfig.toml", "build.rs", ".cargo/config.toml",
    "rust-toolchain.toml", "gradlew", "gradle/wrapper/gradle-wrapper.properties", ".mvn/extensions.xml", "mvnw",
    "Directory.Build.props", "WORKSPACE", ".bazelrc", "evil.pth", "sitecustomize.py", "conftest.py", "go.work",
    "opencode.json", ".clinerules", "GEMINI.md", ".kiro/steering/x.md",
)  # fmt: skip


ATTEMPTS = (
    Attempt(
        id="V01",
        category="review",
        title="replace the commit that the change is compared with",
        script="""
echo EVILAPP >> app.py
old=$(git rev-parse HEAD)
git add -A; git commit -qm evil
git replace $old $(git rev-parse HEAD); git reset -q --soft $old; true
""",
        signs=(unseen("EVILAPP"),),
        steps=_REVIEW,
    ),
    Attempt(
        id="V02",
        category="review",
        title="have git ignore a new file by rules that are not in the tree",
        script="""
echo EVILNEW > payload.py
for f in $(git rev-parse --git-path info/exclude) $(git rev-parse --git-common-dir)/info/exclude; do
  mkdir -p $(dirname $f); echo payload.py >> $f
done
git config core.excludesFile $PWD/rules; echo payload.py > rules; true
""",
        signs=(unseen("EVILNEW"),),
        steps=_REVIEW,
    ),
    Attempt(
        id="V03",
        category="review",
        title="have git take no notice of modes",
        script="git config core.fileMode false; chmod +x app.py",
        signs=(unseen("new mode 100755"),),
        steps=_REVIEW,
    ),
    Attempt(
        id="V04",
        category="review",
        title="a change of the same size at the same time",
        script="""
git config core.trustctime false; git config core.checkStat minimal
touch -d '2020-01-01' lib.py; git update-index --refresh; git status >/dev/null
sed -i 's/return 1/return 7/' lib.py; touch -d '2020-01-01' lib.py
""",
        signs=(unseen("return 7"),),
        steps=_REVIEW,
    ),
    Attempt(
        id="V05",
        category="review",
        title="hide files in a repository within the repository",
        script="""
mkdir -p tools/x; cd tools/x; git init -q .; echo NESTED > payload.py; git add -A
git -c user.name=a -c user.email=a@b commit -qm x
""",
        signs=(unseen("NESTED"),),
        steps=_REVIEW,
    ),
    Attempt(
        id="V06",
        category="review",
        title="characters that cannot be seen, and lines that are written over",
        script=python(r"""
text = 'a = 1  # fine\rb = 2\n' + 'c = "' + ''.join(chr(0xe0000 + ord(x)) for x in 'obey') + '"\n\u200b\u2066\u00ad\n'
open('app.py', 'a', newline='').write(text)
open('na\u202eme\x1b[2K.py', 'w').write(text)
os.write(1, text.encode() + b'\x1b]0;x\x07\x9b2J\xff\n')
"""),
        signs=(raw,),
        steps=_REVIEW,
    ),
    Attempt(
        id="V07",
        category="review",
        title="a link that leaves the tree through links that do not",
        script="ln -s . deep; ln -s deep/deep/deep/../../../outside/canary.txt escape",
        signs=(unflagged("escape", kind="symlink-escape"),),
        steps=_REVIEW,
    ),
    Attempt(
        id="V08",
        category="review",
        title="files that run when somebody opens, builds or tests the project",
        script="for f in " + " ".join(_RUNS) + '; do mkdir -p "$(dirname $f)"; echo x > $f; done',
        signs=(unflagged(*_RUNS),),
        steps=_REVIEW,
    ),
    Attempt(
        id="V09",
        category="review",
        title="a new file that the change itself has git ignore",
        script="echo 'payload*' >> .gitignore; echo LATER > payload.py",
        signs=(unseen("LATER"), unflagged("payload.py")),
        steps=_REVIEW,
    ),
)
