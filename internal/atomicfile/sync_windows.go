package atomicfile

// SyncDir does nothing: Windows has no such call.
func SyncDir(string) {}
