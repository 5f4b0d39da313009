//go:build linux

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"vae/internal/console"
)

// evil is a name with all that a terminal must not get; other ends of it are told apart
// by the digit behind.
const evil = "\x1b]0;E\a\u009b31m\u202e\u2066\u200e\u2028\u2029\u200b\ufeff\U000e0041\r\nEVIL\x7f"

// evilImages makes images in folders of classes that are named like that.
func evilImages(t *testing.T, root string) {
	t.Helper()
	for i := range 12 {
		img := image.NewGray(image.Rect(0, 0, 4, 4))
		img.SetGray(i%4, i/4, color.Gray{200})
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(root, fmt.Sprint(evil, i%2))
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(evil, i, "\x9b.png")), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// harmful is what of a text does harm on a terminal.
func harmful(text string) string {
	for _, sequence := range []string{"\x1b]", "\a", "\x7f", "\nEVIL", "\rEVIL"} {
		if strings.Contains(text, sequence) {
			return sequence
		}
	}
	for _, r := range text {
		if r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Cf, r) {
			return string(r)
		}
	}
	if !utf8.ValidString(text) {
		return "bytes that are no text"
	}
	return ""
}

// TestNamesAreHarmless: of every command, on a terminal, whatever it prints of names of
// files, folders, classes, runs and models, in results, notes and errors.
func TestNamesAreHarmless(t *testing.T) {
	t.Chdir(t.TempDir())
	photos, run := "photos"+evil, "run"+evil
	evilImages(t, photos)
	train := []string{"train", "--data", photos, "--hidden", "4", "--latent", "2", "--batch", "4", "--epochs", "1", "--conditional", "--run"}
	one, none := filepath.Join(photos, evil+"0", evil+"0\x9b.png"), "none\x9b"+evil
	if err := os.WriteFile("bad"+evil+".yaml", []byte("model:\n  "+strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(evil, ""))+": 1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for i, args := range [][]string{
		append(train, run), append(train, run), append(train, "plain"), {"train", "--resume", run, "--epochs", "2", "--verbose"}, {"train", "--resume", none}, {"train", "--data", none}, {"train", "--preset", evil},
		{"train", "--config", "bad" + evil + ".yaml"}, {"train", "--config", none}, {"train", "--kind", evil}, {"train", "--" + evil}, {"train", evil},
		{"sample", "-m", run, "--label", "each", "-n", "2"}, {"sample", "-m", run, "-n", "2"}, {"sample", "-m", run, "-n", "2", "--format", "csv"},
		{"sample", "-m", run, "-n", "4", "-o", "samples/"}, {"sample", "-m", none}, {"sample", "-m", run, "--label", evil}, {"sample", "-m", run, "-o", filepath.Join(none, "x.png")},
		{"sample", "-m", run, "-o", "x" + evil}, {"sample", "-m", run, "-o", run, "--format", "csv"}, {"sample", "-m", run, "-o", filepath.Join(run, "metrics.csv")},
		{"encode", "-m", run, photos}, {"encode", "-m", run, one}, {"encode", "-m", run, photos, "-o", "codes.png"}, {"encode", "-m", run, photos, "-o", "codes.svg"}, {"encode", "-m", run, none}, {"encode", "-m", run, photos, "--axes", evil}, {"encode", "-m", "plain", one, "--label", evil + "0"},
		{"encode", "-m", run, photos, "--shard", "0/2", "-o", "part" + evil + ".csv", "--format", "csv"}, {"encode", "-m", run, photos, "--shard", "0/2", "-o", "part" + evil + ".csv", "--format", "csv"}, {"encode", "-m", run, photos, "--shard", "0/2", "--logvar", "-o", "part" + evil + ".csv", "--format", "csv"}, {"encode", "-m", run, photos, "--shard", evil},
		{"reconstruct", "-m", run, photos}, {"reconstruct", "-m", run, photos, "--format", "csv"}, {"reconstruct", "-m", run, photos, "-o", "made/"}, {"reconstruct", "-m", run, photos, "-o", one}, {"reconstruct", "-m", run, photos, none},
		{"neighbors", "-m", run, one, "--among", photos, "--label", evil + "0"}, {"neighbors", "-m", run, one, "--among", photos, "--format", "png", "--label", evil + "0"}, {"neighbors", "-m", run, one, "--among", none, "--label", evil + "0"}, {"neighbors", "-m", run, photos, "--among", photos},
		{"encode", "-m", run, photos, "-o", "codes.csv"}, {"decode", "-m", run, "codes.csv"}, {"decode", "-m", run, "codes.csv", "--format", "csv"}, {"decode", "-m", run, none}, {"decode", "-m", run, one},
		{"traverse", "-m", run, one}, {"traverse", "-m", run, one, "--label", evil + "0", "--format", "csv"}, {"traverse", "-m", run, "--label", evil + "1"}, {"traverse", "-m", run}, {"traverse", "-m", run, none}, {"traverse", "-m", run, one, "--among", none}, {"traverse", "-m", run, "--label", evil + "0", "--latent", "9"}, {"traverse", "-m", run, one, "-o", "walk.png"},
		{"manifold", "-m", run, "--label", evil + "0"}, {"manifold", "-m", run, "--from", one, "--label", evil + "0", "-o", "walk.svg"}, {"manifold", "-m", run, "--from", photos, "--label", evil + "0"}, {"manifold", "-m", run, "--label", evil + "0", "--format", "csv"}, {"manifold", "-m", run, "--label", evil},
		{"interpolate", "-m", run, one, one, "--label", evil + "0"}, {"interpolate", "-m", run, one, one, "--path", "graph", "--among", photos, "--label", evil + "0", "--format", "csv"}, {"interpolate", "-m", run, one, none}, {"interpolate", "-m", run, one, photos},
		{"arithmetic", "-m", run, photos, "-", one, "--label", evil + "0"}, {"arithmetic", "-m", run, photos, "-", none}, {"arithmetic", "-m", run, photos + "@" + evil + "0", "--format", "csv"}, {"arithmetic", "-m", run, photos + "@" + evil}, {"arithmetic", evil, evil},
		{"attribute", "-m", run, "--with", photos + "@" + evil + "0", "--without", photos + "@" + evil + "1", "--apply", photos, "--format", "csv"}, {"attribute", "-m", run, "--with", photos, "--without", photos, "--json"}, {"attribute", "-m", run, "--with", photos, "--without", none}, {"attribute", "-m", run, "--with", photos, "--without", photos, "--save", filepath.Join(none, "x")}, {"attribute", "-m", run, "--with", photos, "--without", photos, "--save", filepath.Join(run, "metrics.csv"), "-o", "at.png"},
		{"map", "-m", run, photos, "-o", "map.csv"}, {"map", "-m", run, photos, "--method", "lda", "--format", "csv"}, {"map", "map.csv", "--place", one, "-m", run, "--label", evil + "0", "--format", "csv"}, {"map", "-m", run, photos, "--json", "-o", "map.svg"},
		{"map", "-m", run, photos, "--thumbnails", "-o", "map.png"}, {"map", none}, {"map", "-m", none, photos}, {"map", "-m", run, photos, "--method", evil}, {"map", photos, "--of", "pixels", "--place", none}, {"map", "codes.csv", "codes.csv"},
		{"score", "-m", run, photos}, {"score", "-m", run, photos, "--top", "2", "--json"}, {"score", "-m", run, photos, "-o", "odd.png"}, {"score", "-m", run, none}, {"score", "-m", run, photos, "--by", evil}, {"score", "-m", run, photos, "--anomaly", evil + "0"}, {"score", "-m", run, photos, "--reference", none},
		{"rates", "-m", run, photos}, {"rates", "-m", run, none}, {"rates", "-m", run, photos, "--beside", none}, {"compress", "-m", run, photos, "--lossy", evil},
		{"explore", none}, {"explore", run, "--data", none}, {"explore", run, "--host", evil}, {"explore", run, "--host", evil, "--token", "long enough for it"}, {"explore", run, "--split", evil},
		{"train", "--from", none}, {"train", "--from", run, "--data", photos, "--epochs", "1", "--exclude-label", evil},
		{"evaluate", "-m", run, "--samples", "2"}, {"evaluate", "-m", run, "--quick", "--json"}, {"evaluate", "-m", none}, {"evaluate", "-m", none, "--json"}, {"evaluate", "-m", run, "--data", none}, {"evaluate", "--split", evil},
		{"compare", run, "plain", "--quick"}, {"compare", run, run, "--quick", "--json"}, {"compare", run, none},
		{"plot", run}, {"plot", run, "plain", none}, {"plot", run, "--format", "csv"}, {"plot", run, "-o", "curves.svg", "--film", none + "/x.gif"}, {"plot", run, "--y", evil}, {"plot", run, "--film", "x" + evil}, {"plot", photos}, {"plot", one},
		{"compress", "-m", run, photos, "-o", "set.vaez"}, {"compress", "-m", run, photos, "--fit=draw", "--fast", "-o", "drawn.vaez"}, {"compress", "-m", run, photos, none, "-o", "x.vaez"}, {"compress", "-m", none, photos, "-o", "x.vaez"}, {"compress", "-m", "none", photos, "-o", "plain" + evil}, {"compress", "-m", "none", "--files-from", none, "-o", "x.vaez"},
		{"compress", "-m", run, photos, "-o", one}, {"compress", "-m", run, photos, "--fit=" + evil, "-o", "x.vaez"}, {"compress", "-m", run, photos},
		{"list", "plain" + evil}, {"list", "drawn.vaez", "-o", "listed.csv"}, {"list", none}, {"list", one}, {"list", evil, evil},
		{"decompress", "plain" + evil, "-o", "opened/"}, {"decompress", "plain" + evil, "-o", "opened.npy", evil, evil + "0\x9b.png"}, {"decompress", "drawn.vaez", "-m", run, "-o", "opened.idx"}, {"decompress", "drawn.vaez", "-o", "x.npy"}, {"decompress", "drawn.vaez", "-m", none, "-o", "x.npy"},
		{"decompress", none, "-o", "x/"}, {"decompress", one, "-o", "x/"}, {"decompress", "plain" + evil, "-o", filepath.Join(none, "x.npy")}, {"decompress", "plain" + evil, "-o", "x" + evil}, {"decompress", "drawn.vaez", "-m", run, "-o", filepath.Join(run, "model.safetensors"), "--format", "npy"},
		{"presets", evil}, {"mpi-helper", evil}, {"mpi-helper", "-o", filepath.Join(none, "x.c")}, {"version", evil}, {"help", evil}, {"completion", evil}, {evil}, {"presets", "--cpuprofile", none + "/x"},
	} {
		code, stdout, stderr := onTerminal(t, args...)
		if i < 4 && code != []int{0, 1, 0, 0}[i] {
			t.Fatalf("%q: exit code %d, %s%s", args, code, stdout, stderr)
		}
		if found := harmful(stdout); found != "" {
			t.Errorf("%q prints %q: %.3000q", args, found, stdout)
		}
		if found := harmful(stderr); found != "" {
			t.Errorf("%q says %q: %.3000q", args, found, stderr)
		}
		if strings.Contains(stdout+stderr, "EVIL") {
			said[args[0]]++
		}
		if code == 0 && slices.Contains(args, "--json") {
			if err := json.Unmarshal([]byte(stdout), new(any)); err != nil {
				t.Errorf("%q: %v in %q", args, err, stdout)
			}
		}
	}
	for _, c := range newRoot(console.Streams{Env: os.Getenv}).Commands() {
		if said[c.Name()] == 0 {
			t.Errorf("no call of %s speaks of a name", c.Name())
		}
	}
	for _, folder := range []string{"samples", "made", "opened"} {
		files := 0
		err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if harmful(path) != "" || strings.ContainsAny(path, "\n\r\x1b") {
				t.Errorf("a file is called %q", path)
			}
			files++
			return err
		})
		if err != nil || files < 5 {
			t.Errorf("%s holds %d files (%v)", folder, files, err)
		}
	}
}
