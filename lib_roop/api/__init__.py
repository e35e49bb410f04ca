"""The HTTP API, inside a web UI and alone (`roop serve`): docs/api.md.

`table` lists what can be asked, `calls`, `library` and `original` answer it and know nothing of HTTP, `routes` carries
it over HTTP, `server` is the program that listens alone. No picture, name or face that is sent becomes a path, an
address or a pickle.
"""
