package world_test

import (
	"fmt"
	"testing"

	"vae/internal/world"
	"vae/internal/world/crowd"
)

// Processes of another release, or of kernels with other last bits, are refused, by all of them.
func TestSameBuild(t *testing.T) {
	own := world.Build{Program: "vae test", Kernels: "vector"}
	for want, other := range map[string]world.Build{
		"": own,
		"process 2: its program is vae other, that of process 0 vae test": {Program: "vae other", Kernels: "portable"},
		"process 2: its kernels are portable, that of process 0 vector":   {Program: "vae test", Kernels: "portable"},
	} {
		for rank, err := range crowd.Run(4, func(w world.World) error {
			if w.Rank() == 2 {
				return world.SameBuild(w, other)
			}
			return world.SameBuild(w, own)
		}) {
			if got := fmt.Sprint(err); got != want && (want != "" || err != nil) {
				t.Errorf("rank %d: %s, want %q", rank, got, want)
			}
		}
	}
	if err := world.SameBuild(world.Alone{}, own); err != nil {
		t.Errorf("alone: %v", err)
	}
}

// What process 0 has comes to all as it is.
func TestTold(t *testing.T) {
	type thing struct {
		Name  string
		Bytes []byte
	}
	for rank, err := range crowd.Run(2, func(w world.World) error {
		got, err := world.Told(w, thing{fmt.Sprint("of ", w.Rank()), []byte{byte(w.Rank()), 255}})
		if err == nil && fmt.Sprint(got) != "{of 0 [0 255]}" {
			err = fmt.Errorf("got %v", got)
		}
		return err
	}) {
		if err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}
