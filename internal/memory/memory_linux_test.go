package memory

import (
	"slices"
	"testing"
	"testing/fstest"
)

func files(content map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range content {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// The limits of the group and of those above it hold, in both versions, and in a container
// whose root is its group.
func TestGroupLimits(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []float64
	}{
		"none": {nil, nil},
		"version 2": {map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "3000000\n",
		}, []float64{3000000}},
		"both": {map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "5000\n", "sys/fs/cgroup/a/memory.max": "3000\n", "sys/fs/cgroup/memory.max": "max\n",
		}, []float64{5000, 3000}},
		"a container": {map[string]string{"proc/self/cgroup": "0::/../../host/path\n", "sys/fs/cgroup/memory.max": "7000\n"}, []float64{7000}},
		"version 1": {map[string]string{
			"proc/self/cgroup": "12:cpu,cpuacct:/x\n9:memory:/docker/abc\n1:name=systemd:/y\n0::/\n",
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "1000\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, []float64{1000, 9223372036854771712}},
		"garbage": {map[string]string{"proc/self/cgroup": "what\n0::/a\n", "sys/fs/cgroup/a/memory.max": "-1\n", "sys/fs/cgroup/memory.max": "x"}, nil},
	} {
		if got := groupLimits(files(c.files)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestStatus(t *testing.T) {
	used := statusOf(files(map[string]string{"proc/self/status": "Name:\tvae\nVmSize:\t 2000 kB\nVmRSS:\t  100 kB\nThreads:\t5\n"}))
	if used["VmSize"] != 2000*1024 || used["VmRSS"] != 100*1024 || len(used) != 2 {
		t.Errorf("used %v", used)
	}
	if used := statusOf(files(nil)); len(used) != 0 {
		t.Errorf("used %v of nothing", used)
	}
}
