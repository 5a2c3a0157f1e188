"""How an uploaded file becomes something a browser can show; knows no models and no requests.

Whatever reads uploaded bytes with a large parser runs in `inside/`: separate programs, without our
code, our environment, our network and our files, within limits (`sandbox`).
"""
