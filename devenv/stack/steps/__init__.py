"""The steps of `up`, by what they are about; `devenv.stack.up` has their order. No step calls another."""
