# Installs devenv into .venv of this checkout and activates it: read it into your shell, do not run it.
#
#     . ./install.sh && devenv up
#
# In bash and zsh from any directory, in other POSIX shells from the checkout: they do not say which file they
# read. All work is done by a child, so that no option, variable or exit of it reaches your shell.
# shellcheck shell=sh disable=SC1091,SC2317,SC3028

_devenv_checkout=${BASH_SOURCE:-$0}
case $_devenv_checkout in
  */install.sh) _devenv_checkout=${_devenv_checkout%/install.sh} ;;
  *) _devenv_checkout=. ;;
esac

if sh "$_devenv_checkout/tools/install.sh" && . "$_devenv_checkout/.venv/bin/activate"; then
  unset _devenv_checkout
else
  unset _devenv_checkout
  # `return` is for the shell that reads this file, `exit` for one that was told to run it.
  return 1 2>/dev/null || exit 1
fi
