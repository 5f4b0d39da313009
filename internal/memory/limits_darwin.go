package memory

import "golang.org/x/sys/unix"

func limits() []Limit {
	all, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return nil
	}
	return []Limit{{float64(all), "this machine"}}
}
