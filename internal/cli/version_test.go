package cli

import "testing"

func TestSameBits(t *testing.T) {
	for program, want := range map[string]bool{"vae 0.2.0": true, "vae 0.1.0-dev": true, "vae 0.1.0": false, "vae 0.3.0": false, "": false, "test": false} {
		if sameBits(program) != want {
			t.Errorf("a run of %q goes on with the same bits: %v, want %v", program, !want, want)
		}
	}
}
