package run

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProgressText(t *testing.T) {
	for want, p := range map[string]Progress{
		`{}`: {},
		`{"images":512,"seconds":0.1,"loss":1e+300,"reconstruction":5e-324,"kl":-0.25,"activation":3,` +
			`"logvar_below":4,"logvar_above":5,"baseline":100.1,"layer":2,"layer_epoch":7,"layer_step":8}`: exampleProgress(),
	} {
		text, err := p.encode()
		must(t, err)
		if text != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
		back, err := decodeProgress(text)
		must(t, err)
		if diff := cmp.Diff(p, back); diff != "" {
			t.Error(diff)
		}
	}
}

func TestProgressRefuses(t *testing.T) {
	for _, text := range []string{"", "null 1", "[]", "{", `{"images":-1}`, `{"images":1.5}`, `{"images":1e30}`, `{"loss":1e999}`, `{"loss":"1"}`,
		`{"seconds":-1}`, `{"activation":-0.5}`, `{"other":1}`, `{} {}`, `{"images":1}x`} {
		if p, err := decodeProgress(text); err == nil {
			t.Errorf("%s: %+v", text, p)
		}
	}
	for _, p := range []Progress{{Terms: Terms{Loss: math.NaN()}}, {Terms: Terms{KL: math.Inf(-1)}}, {LayerStep: -1}} {
		if _, err := p.encode(); err == nil || !strings.HasPrefix(err.Error(), "progress: ") {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
