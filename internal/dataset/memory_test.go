package dataset

import (
	"testing"

	"vae/internal/config"
)

// withMemory lets images take so many bytes during a test.
func withMemory(t *testing.T, bytes float64) {
	before := memoryLimit
	memoryLimit = func() float64 { return bytes }
	t.Cleanup(func() { memoryLimit = before })
}

// Sizes beyond the memory are refused before anything is allocated for them.
func TestMemory(t *testing.T) {
	withMemory(t, 10e9)
	_, err := Load(config.Data{Source: "mnist", ImageSize: "1000x1000", Validation: 100, Limit: 900}, 1, 0)
	wantError(t, err, "11,000 images of 1000x1000x1 need 11 GB of memory, more than the 10 GB that they may take here: lower \x00⟨data.image_size⟩\x00")

	dir := t.TempDir()
	for _, name := range []string{"a.png", "b.png", "c.png"} {
		write(t, dir, name, grayFile(t, 8, 8, 1))
	}
	withMemory(t, 263)
	_, err = Load(loadFrom(dir), 1, 0)
	wantError(t, err, dir+": its 3 images need more than the 2.63e-07 GB of memory that they may take here: give a small \x00⟨data.image_size WxH⟩\x00")
	cfg := loadFrom(dir)
	cfg.ImageSize, cfg.Channels = "100x100", 3
	_, err = Load(cfg, 1, 0)
	wantError(t, err, "3 images of 100x100x3 need 9.01e-05 GB of memory")
	cfg.ImageSize, cfg.Channels = "7x8", 1
	mustLoad(t, cfg, 1)

	writeIDX(t, dir, 40, 5, "-", "")
	_, err = Load(loadFrom(dir), 1, 0)
	wantError(t, err, "40 images of 3x2x1 need 1.2e-06 GB of memory", "keep fewer in ", "train-images-idx3-ubyte")
}

func TestMemoryLimit(t *testing.T) {
	if got := memoryLimit(); !(got > 1e6) {
		t.Errorf("images may take %v bytes", got)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1002003: "1,002,003"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// Images that no split uses are not resized.
func TestLimitBeforeResize(t *testing.T) {
	s := mustLoad(t, config.Data{Source: "mnist", ImageSize: "14x14", Validation: 30, Limit: 20}, 1)
	whole := mustLoad(t, config.Data{Source: "mnist", ImageSize: "14x14", Validation: 30}, 1)
	if n := len(s.Train.Set.Pixels); n != 20*14*14 || s.Train.Len() != 20 || s.Validation.Len() != 30 {
		t.Errorf("%d bytes for %d images", n, s.Train.Len())
	}
	if s.SHA256 != whole.SHA256 {
		t.Error("the limit changes the digest")
	}
	for i := range 30 {
		if a, b := s.Validation.Set, whole.Validation.Set; a.Name(i) != b.Name(i) || a.Label(i) != b.Label(i) || string(a.Image(i)) != string(b.Image(i)) {
			t.Errorf("validation image %d: %s %s, want %s %s", i, a.Name(i), a.Label(i), b.Name(i), b.Label(i))
		}
	}
}

func TestModest(t *testing.T) {
	for _, c := range [][4]int{{64, 64, 64, 64}, {5, 64, 5, 64}, {65, 10, 64, 10}, {4000, 3000, 64, 48}, {3000, 4000, 48, 64}, {60000, 1, 64, 1}} {
		if w, h := modest(c[0], c[1]); w != c[2] || h != c[3] {
			t.Errorf("%dx%d: %dx%d, want %dx%d", c[0], c[1], w, h, c[2], c[3])
		}
	}
}
