package cli

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"vae/internal/infer"
)

// A page without a server opens from the disk, asks for nothing, and decodes what the program decodes.
func TestPagesWithoutAServer(t *testing.T) {
	browserPath(t)
	for name, settings := range map[string][]string{
		"hidden layers": {"--hidden", "32,16", "--activation", "tanh", "--latent", "4"},
		"two latents":   {"--hidden", "32", "--latent", "2"},
		"convolutions":  {"--encoder", "conv:6:4:2:1,bn,relu,conv:8:4:2:1,silu,residual[relu,conv:8:3:1:1],dense:16,gelu", "--latent", "3"},
		"other layers": {"--encoder", "dense:8,elu", "--decoder", "dense:98,softplus,reshape:7x7x2,residual[conv:4:3:1:1,leaky-relu|conv:4:1],groupnorm:2,upsample:4,conv:3:3:1:1,gated-conv:4:3:1:1,avgpool:2,upsample:2,convt:out:3:1:1",
			"--latent", "3"},
		"a conditional model": {"--conditional", "--hidden", "16", "--latent", "3"},
		"a map of latents":    {"--encoder", "conv:6:4:2:1,relu,conv:8:4:2:1,relu,latents:2:3", "--conditional", "--likelihood", "gaussian"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := trainedRun(t, settings...)
			file := filepath.Join(t.TempDir(), "page.html")
			var out, fault bytes.Buffer
			if code := Run(context.Background(), []string{"explore", folder, "--export", file, "-n", "150"}, streamsTo(&out, &fault)); code != 0 || out.Len() != 0 {
				t.Fatalf("%d: %s%s", code, out.String(), fault.String())
			}
			b := openTab(t, "file://"+file, 1200, 800)
			b.until("the page", "window.still && still.scatter.n === 150")
			b.until("a decoded image", `document.getElementById("decoded").width === 28`)
			m, err := loadModelOf("", folder)
			if err != nil {
				t.Fatal(err)
			}
			d, err := infer.NewDecoder(m.Model)
			if err != nil {
				t.Fatal(err)
			}
			z := make([]float32, m.Latent())
			for j := range z {
				z[j] = float32(j%5)/2 - 1
			}
			var labels []int
			if len(m.Classes()) > 0 {
				labels = []int{7}
			}
			images, err := d.Decode([][]float32{z}, labels)
			if err != nil {
				t.Fatal(err)
			}
			got := js[[]byteValue](b, fmt.Sprintf("still.state.class = 7, [...still.decoder.decode(still.input(Float32Array.from(%s)))]", strings.ReplaceAll(fmt.Sprint(z), " ", ",")))
			if len(got) != len(images[0]) {
				t.Fatalf("%d pixels, want %d", len(got), len(images[0]))
			}
			for i, v := range images[0] {
				if want := 255 * float64(min(max(v, 0), 1)); math.Abs(float64(got[i])-want) > 1 {
					t.Fatalf("pixel %d is %d, want %.2f", i, got[i], want)
				}
			}
			before := js[string](b, decodedPixels)
			js[any](b, "still.scatter.heard.pick(3), null")
			b.until("another image", decodedPixels+" !== "+fmt.Sprintf("%q", before)+` && !document.getElementById("original").hidden`)
			js[any](b, "still.scatter.heard.move(0.5, -0.25), null")
			if near := js[int](b, `document.querySelectorAll("#near tbody tr").length`); near != 8 {
				t.Errorf("%d neighbors", near)
			}
			js[any](b, `{ const m = document.getElementById("map"); m.value = "tsne"; m.dispatchEvent(new Event("change")); null }`)
			b.until("t-SNE", `still.state.map === "tsne"`)
			b.picture("still-" + strings.ReplaceAll(name, " ", "-"))
			b.clean()
		})
	}
}

// trainedRun trains a small model with no layers of its own.
func trainedRun(t testing.TB, settings ...string) string {
	t.Helper()
	return newRun(t, append([]string{"--limit", "200", "--epochs", "1", "--validation", "0"}, settings...)...)
}

// What the page cannot decode is refused, and no file is left.
func TestPagesThatCannotBe(t *testing.T) {
	folder := trainedRun(t, "--hidden", "8", "--latent", "2", "--likelihood", "beta-binomial")
	file := filepath.Join(t.TempDir(), "page.html")
	for _, c := range []struct{ args, reason string }{
		{"explore " + folder + " --export " + file, "this model is of beta-binomial:256"},
		{"explore " + folder + " " + folder + " --export " + file, "of one run, and 2 are named"},
		{"explore " + folder + " --export " + filepath.Join(folder, "model.safetensors"), ""},
	} {
		var out, fault bytes.Buffer
		if code := Run(context.Background(), strings.Fields(c.args), streamsTo(&out, &fault)); code == 0 || !strings.Contains(fault.String(), c.reason) {
			t.Errorf("%s: %d, %s", c.args, code, fault.String())
		}
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(found) != 0 {
		t.Errorf("left: %v", found)
	}
	if _, err := loadModelOf("", folder); err != nil {
		t.Error(err)
	}
}
