/// Everything an author needs comes with `import Magma`: messages and JSON too.
@_exported public import SessionModel
