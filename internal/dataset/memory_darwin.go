package dataset

import "golang.org/x/sys/unix"

// physicalMemory is the bytes of memory that this machine has; 0 when that is not
// known.
func physicalMemory() uint64 {
	all, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return all
}
