package train

import (
	"math"
	"strings"
	"testing"

	"vae/internal/config"
)

// Running moments that are no numbers are found before they are saved, as parameters are.
func TestNonFiniteMomentsAreFound(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Model.Encoder = "conv:3:3:2:1,bn,relu" }, splits(20, 5))
	tr, err := newTrainer(task)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.checkParameters(1); err != nil {
		t.Fatal(err)
	}
	fixed := tr.Model.Fixed()
	fixed[1].Value[2] = float32(math.Inf(1))
	if err := tr.checkParameters(1); err == nil || !strings.Contains(err.Error(), "saved tensor encoder.1.running_var is no finite number") {
		t.Errorf("%v", err)
	}
}
