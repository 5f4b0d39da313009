//go:build !amd64

package kernel

// pause tells the processor that this is a waiting loop, where it can be told.
func pause() {}

func prefetchLines(*uint8, int) {}
