#!/bin/sh
# Runs a test command so that whatever Python it starts finds our programs, also where a Makefile, a script or an `env`
# on the way gives PYTHONPATH anew. Runs in the sandbox:
#
#     sh record.sh COMMAND [ARGUMENT ...]
here=$(cd "$(dirname "$0")" && pwd)
SWE_REPAIR_ROOT=$PWD
# What is in the environment besides is the doing of who starts the tests.
SWE_REPAIR_NAMES=" $(env | sed 's/=.*//' | tr '\n' ' ')"
export SWE_REPAIR_ROOT SWE_REPAIR_NAMES
programs=$(mktemp -d) && trap 'rm -rf "$programs"' EXIT
for name in python python3 pytest py.test; do
  [ -n "$programs" ] || continue
  cat >"$programs/$name" <<END && chmod +x "$programs/$name"
#!/bin/sh
case ":\$PYTHONPATH:" in *":$here:"*) ;; *) export PYTHONPATH="$here/recording:$here\${PYTHONPATH:+:\$PYTHONPATH}" ;; esac
IFS=:
for folder in \$PATH; do
  [ "\$folder" = "$programs" ] || [ ! -x "\$folder/$name" ] || exec "\$folder/$name" "\$@"
done
echo "$name: not found" >&2
exit 127
END
done
PATH=${programs:+$programs:}$PATH "$@"
