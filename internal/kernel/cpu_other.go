//go:build !amd64

package kernel

func supported(p path) bool { return p == portable }
