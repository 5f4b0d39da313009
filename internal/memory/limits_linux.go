package memory

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The runtime takes more address space than it uses: it grows by pieces of 64 MB, asks for
// one more to find a place for a large one, and leaves gaps between what it has freed.
const (
	reserve = 128 << 20
	usable  = 0.6 // of what is left: what training has freed keeps its addresses when the test images come
)

func limits() (all []Limit) {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		all = append(all, Limit{float64(info.Totalram) * float64(info.Unit), "this machine"})
	}
	root := os.DirFS("/")
	for _, bytes := range groupLimits(root) {
		all = append(all, Limit{bytes, "control group"})
	}
	used := statusOf(root)
	for _, r := range []struct {
		which int
		field string
		of    string
	}{{unix.RLIMIT_AS, "VmSize", "limit of the address space, RLIMIT_AS"}, {unix.RLIMIT_DATA, "VmData", "limit of data, RLIMIT_DATA"}} {
		var limit unix.Rlimit
		if unix.Getrlimit(r.which, &limit) == nil && limit.Cur != unix.RLIM_INFINITY {
			all = append(all, Limit{usable*(float64(limit.Cur)-used[r.field]-reserve) + used["VmRSS"], r.of})
		}
	}
	return all
}

// statusOf are the bytes that the kernel counts of this program, by the names of
// /proc/self/status.
func statusOf(root fs.FS) map[string]float64 {
	text, _ := fs.ReadFile(root, "proc/self/status") // without it nothing counts as used
	used := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if kilobytes, found := strings.CutSuffix(strings.TrimSpace(value), " kB"); found {
			if n, err := strconv.ParseFloat(kilobytes, 64); err == nil {
				used[name] = n * 1024
			}
		}
	}
	return used
}

// groupLimits are the limits of the control groups that this program is in, each and those
// above it, in versions 1 and 2.
func groupLimits(root fs.FS) (all []float64) {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(parts) < 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		switch controllers := strings.Split(parts[1], ","); {
		case parts[1] == "":
		case slices.Contains(controllers, "memory"):
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// In a container the path may be the one outside: its group is the root here.
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			if bytes, ok := readBytes(root, path.Join(mount, group, file)); ok {
				all = append(all, bytes)
			}
			if group == "/" {
				break
			}
		}
	}
	return all
}

// readBytes reads a number; "max", which is none, is no limit.
func readBytes(root fs.FS, file string) (float64, bool) {
	text, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	return n, err == nil && n >= 0
}
