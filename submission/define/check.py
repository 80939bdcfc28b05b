def check_define(path, datasets):
    return None
