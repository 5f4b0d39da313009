package memory

import "testing"

func TestAvailable(t *testing.T) {
	if l := Available(); !(l.Bytes > 1e7) || l.Of == "" {
		t.Errorf("available: %v", l)
	}
}

func TestText(t *testing.T) {
	for bytes, want := range map[float64]string{0: "0 kB", 24_500: "24.5 kB", 118_200_000: "118 MB", 999_600_000: "1 GB", 2.44e9: "2.44 GB", 4.2e14: "420000 GB"} {
		if got := Text(bytes); got != want {
			t.Errorf("%g: %s, want %s", bytes, got, want)
		}
	}
	if got := (Limit{2e9, "this machine"}).String(); got != "2 GB (this machine)" {
		t.Error(got)
	}
}
