//go:build !linux && !darwin

package memory

// limits are none: nothing tells here.
func limits() []Limit { return nil }
