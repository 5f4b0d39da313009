package shards

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"a-{8..11}.tar":                      "a-8.tar a-9.tar a-10.tar a-11.tar",
		"a-{008..011}.tar":                   "a-008.tar a-009.tar a-010.tar a-011.tar",
		"a-{1..010}.tar.gz":                  "a-001.tar.gz a-002.tar.gz a-003.tar.gz a-004.tar.gz a-005.tar.gz a-006.tar.gz a-007.tar.gz a-008.tar.gz a-009.tar.gz a-010.tar.gz",
		"{train,test}/{0..1}.tar":            "train/0.tar train/1.tar test/0.tar test/1.tar",
		"{train-{0..1},test-7}.tar":          "train-0.tar train-1.tar test-7.tar",
		"a-{3..3}.tgz":                       "a-3.tgz",
		"a{,-b}.tar":                         "a.tar a-b.tar",
		"a-{0..1}.{tar,tar.gz}":              "a-0.tar a-0.tar.gz a-1.tar a-1.tar.gz",
		"{a.tar,b.tar}":                      "a.tar b.tar",
		"{x}-{0..1}.tar":                     "{x}-0.tar {x}-1.tar",
		"{0..18446744073709551615}.tar":      "",
		"a.tar":                              "",
		"a-{0..1}.png":                       "",
		"a-{0..1}.zip":                       "",
		"a-{0..1.tar":                        "",
		"a-{..}.tar":                         "",
		"a-{-1..1}.tar":                      "",
		"a-{1..x}.tar":                       "",
		"mnist":                              "",
		"{":                                  "",
		"}{.tar":                             "",
		strings.Repeat("{", 10_000) + ".tar": "",
	} {
		names, several, err := Names(name)
		if got := strings.Join(names, " "); got != want || several != (want != "") || err != nil {
			t.Errorf("%.40s: %q, %v, %v; want %q", name, got, several, err, want)
		}
	}
}

func TestNamesRefused(t *testing.T) {
	defer func(n int) { mostShards = n }(mostShards)
	mostShards = 1000
	for name, want := range map[string]string{
		"a-{0..99999999}.tar":                  "a-{0..99999999}.tar: stands for too many shards: name a part",
		"{0..31}-{0..31}-{a,b}.tar":            "stands for too many",
		strings.Repeat("{0..9}", 600) + ".tar": "stands for too many",
		"a-{9..0}.tar":                         "a-{9..0}.tar: counts down from 9 to 0: write {0..9}",
	} {
		if _, several, err := Names(name); !several || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, %v; want %q", name, several, err, want)
		}
	}
}

// A file that is called so is meant itself.
func TestNamesOfAFile(t *testing.T) {
	file := write(t, t.TempDir(), "a-{0..1}.tar", nil)
	if names, several, err := Names(file); several || err != nil {
		t.Errorf("%v, %v", names, err)
	}
}

func TestMissing(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a-1.tar", "a-3.tar"} {
		write(t, dir, name, tarOf(t, files("x.png", "x.cls")...))
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, want := range map[string]string{
		"a-{1..4}.tar":  "a-{1..4}.tar: of its 4 shards 2 are not there: " + at("a-2.tar") + ", " + at("a-4.tar") + "; fetch them",
		"a-{0..99}.tar": "of its 100 shards 98 are not there: " + at("a-0.tar") + ", " + at("a-2.tar") + ", " + at("a-4.tar") + ", " + at("a-5.tar") + ", " + at("a-6.tar") + ", and 93 more;",
		"b-{0..9}.tar":  "b-{0..9}.tar: none of its 10 shards is there, such as " + at("b-0.tar"),
	} {
		if _, err := Paths(at(name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
	if paths, err := Paths(at("a-{1,3}.tar")); err != nil || !slices.Equal(paths, []string{at("a-1.tar"), at("a-3.tar")}) {
		t.Errorf("%v, %v", paths, err)
	}
}

// Zeros before the numbers of a range cannot make its names long.
func TestManyDigits(t *testing.T) {
	if names, _, err := Names("s-{" + strings.Repeat("0", 4000) + "..0009}.tar"); err == nil {
		t.Errorf("%d names", len(names))
	}
}
