package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"vae/internal/config"
)

// A disk that becomes full while a cache is made is an error that says so; what was there stays.
func TestCacheOfAFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("no disk of its own, as ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	cfg := loadFrom(shardsOf(t, 40, 10))
	cfg.Cache = filepath.Join(disk, "c")
	mustLoad(t, cfg, 1)
	before, err := os.ReadFile(cfg.Cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg.ImageSize = range []string{"39x39", "50x50"} { // without room for what is behind the pixels, and for these
		_, err := Load(cfg, 1, 0)
		wantError(t, err, config.Mention("data.cache")+": "+cfg.Cache+": no space left on device")
	}
	if after, err := os.ReadFile(cfg.Cache); err != nil || !slices.Equal(before, after) {
		t.Errorf("what was there has changed: %v", err)
	}
	if entries, err := os.ReadDir(disk); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
