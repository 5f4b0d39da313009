package cli

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/npy"
)

func TestParseShard(t *testing.T) {
	for text, want := range map[string]string{
		"0/1": "{0 1} false", "7/100": "{7 100} false", "999999/1000000": "{999999 1000000} false", "auto": "{0 0} true", "auto/8": "{0 8} true",
		"3/2": "the parts of 2 are 0/2 to 1/2", "1/1": "the parts of 1 are 0/1 to 0/1", "-1/4": "the parts of 4 are 0/4 to 3/4",
		"1/0": "there may be 1 to 1,000,000 parts", "0/-3": "there may be 1 to 1,000,000 parts", "1/1000001": "there may be 1 to 1,000,000 parts",
		"1/99999999999999": "there may be 1 to 1,000,000 parts", "99999999999999999999/2": "the parts of 2 are 0/2 to 1/2", "0/99999999999999999999": "there may be 1 to 1,000,000 parts",
		"": errShard.Error(), "/": errShard.Error(), "1": errShard.Error(), "a/b": errShard.Error(), "1/2/3": errShard.Error(), "1 / 2": errShard.Error(),
		"auto/": errShard.Error(), "auto/x": errShard.Error(), "1/auto": errShard.Error(), "AUTO": errShard.Error(), "0x1/2": errShard.Error(), "1.0/2": errShard.Error(),
	} {
		got := ""
		if shard, fromTask, err := parseShard(text); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(shard, fromTask)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func FuzzParseShard(f *testing.F) {
	for _, text := range []string{"0/1", "3/2", "-1/4", "auto", "auto/3", "a/b", "1/99999999999999", "//", "+1/2", "１/２"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shard, fromTask, err := parseShard(text)
		switch {
		case err != nil:
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("%q: %v", text, err)
			}
		case fromTask != strings.HasPrefix(text, auto), !fromTask && (shard.N < 1 || shard.N > maxShards || shard.I < 0 || shard.I >= shard.N):
			t.Errorf("%q: %v, %v", text, shard, fromTask)
		default:
			if from, to := shard.Of(12345); shard.N > 0 && (from < 0 || to < from || to > 12345) {
				t.Errorf("%q: %d to %d", text, from, to)
			}
		}
	})
}

func TestShardOfTask(t *testing.T) {
	array := func(id, least, most, step, count string) string {
		return slurmArrayTask + "=" + id + " " + slurmArrayMin + "=" + least + " " + slurmArrayMax + "=" + most + " " + slurmArrayStep + "=" + step + " " + slurmArrayCount + "=" + count
	}
	srun := slurmStep + "=0 " + slurmTask + "=2 " + slurmTasks + "=4"
	for _, c := range []struct {
		env  string
		n    int
		want string
	}{
		{array("7", "0", "99", "1", "100"), 0, "{7 100}"},
		{array("1", "1", "8", "1", "8"), 0, "{0 8}"},
		{array("8", "1", "8", "1", "8"), 0, "{7 8}"},
		{array("30", "0", "90", "10", "10"), 0, "{3 10}"},
		{array("0", "0", "95", "10", "10"), 0, "{0 10}"}, // Slurm gives the last task as MAX, or the end of the range
		{array("7", "7", "13", "1", "2"), 100, "{7 100}"},
		{array("7", "7", "13", "1", "2"), 0, "is not one range that begins at 0 or 1"},
		{array("7", "7", "7", "1", "1"), 0, "is not one range"},
		{array("1", "1", "5", "1", "2"), 0, "is not one range"},
		{array("5", "0", "90", "10", "10"), 0, "is not one range"},
		{array("8", "1", "8", "1", "8"), 8, "this is task 8, and the parts of 8 are 0 to 7: count the tasks from 0"},
		{array("x", "0", "3", "1", "4"), 0, `SLURM_ARRAY_TASK_ID is "x", no whole number`},
		{array("1", "0", "3", "1", ""), 0, `SLURM_ARRAY_TASK_COUNT is "", no whole number`},
		{array("1", "0", "3", "-1", "4"), 0, `SLURM_ARRAY_TASK_STEP is "-1", no whole number`},
		{array("1", "0", "99999999999", "1", "100000000000"), 0, "there are 100000000000 tasks"},
		{array("1", "0", "3", "1", "4") + " SLURM_PROCID=0 SLURM_NTASKS=2", 0, "{1 4}"}, // in the script of a batch, where no task is srun's
		{array("1", "0", "3", "1", "4") + " " + srun, 0, "counted in two ways"},
		{srun, 0, "{2 4}"},
		{srun, 16, "{2 16}"},
		{slurmStep + "=0 " + slurmTask + "=0 " + slurmTasks + "=1", 0, "this is no task of"},
		{"SLURM_PROCID=0 SLURM_NTASKS=4", 0, "this is no task of"},
		{jobIndex + "=3 " + jobCount + "=10", 0, "{3 10}"},
		{jobIndex + "=3", 10, "{3 10}"},
		{jobIndex + "=3", 0, "set JOB_COMPLETIONS to that in the manifest"},
		{jobIndex + "=10 " + jobCount + "=10", 0, "this is task 10"},
		{jobIndex + "=3 " + jobCount + "=0", 0, "there are 0 tasks"},
		{jobIndex + "=3 " + srun, 0, "of Slurm and of Kubernetes"},
		{"", 0, "this is no task of"},
		{"", 5, "this is no task of"},
	} {
		env := map[string]string{}
		for _, set := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(set, "=")
			env[name] = value
		}
		shard, err := shardOfTask(c.n, func(name string) string { return env[name] })
		if got := fmt.Sprint(shard); err == nil && got != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %d: %s, %v; want %s", c.env, c.n, got, err, c.want)
		}
	}
}

func TestShardPath(t *testing.T) {
	for path, want := range map[string]string{
		"codes.csv": "codes-00007-of-00100.csv", "a.b/codes": "a.b/codes-00007-of-00100", "a/b.tar.csv": "a/b.tar-00007-of-00100.csv", ".csv": "-00007-of-00100.csv",
	} {
		if got := filepath.ToSlash(shardPath(path, dataset.Shard{I: 7, N: 100})); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := shardPath("x.csv", dataset.Shard{I: 123456, N: 1_000_000}); got != "x-123456-of-1000000.csv" {
		t.Error(got)
	}
}

// shardIn runs a command on all inputs, or on a shard of them, and returns the file that it writes.
func shardIn(t *testing.T, shard, file string, args ...string) []byte {
	t.Helper()
	args = append(args, "-q", "-o", file)
	if shard != "" {
		args = append(args, "--shard", shard)
	}
	var stderr bytes.Buffer
	if code := Run(context.Background(), args, streamsTo(io.Discard, &stderr)); !slices.Contains([]int{console.ExitDone, console.ExitPartial, console.ExitFound}, code) {
		t.Fatalf("%q: exit code %d, %s", args, code, stderr.String())
	}
	if shard != "" {
		var i, n int
		if _, err := fmt.Sscanf(shard, "%d/%d", &i, &n); err != nil {
			t.Fatal(err)
		}
		file = shardPath(file, dataset.Shard{I: i, N: n})
	}
	return readFile(t, file)
}

func readFile(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// rowsIn are the header and the rows of a table in one of the formats, whose bytes are those of the file.
func rowsIn(t *testing.T, file string, content []byte) (header string, rows []byte) {
	t.Helper()
	switch filepath.Ext(file) {
	case ".npy":
		r := bytes.NewReader(content)
		h, err := npy.ReadHeader(r)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(h.Shape[1:]), content[len(content)-r.Len():]
	case ".parquet":
		r := parquet.NewReader(bytes.NewReader(content))
		for {
			row := make([]parquet.Row, 1)
			n, err := r.ReadRows(row)
			if n == 1 {
				rows = fmt.Appendf(rows, "%+v\n", row[0])
			}
			if err == io.EOF {
				return r.Schema().String(), rows
			} else if err != nil {
				t.Fatal(err)
			}
		}
	case ".json":
		text := string(content)
		from, to := strings.Index(text, "[\n")+2, strings.LastIndex(text, "\n  ]")
		if to <= from {
			return text[:from], nil
		}
		return text[:from], []byte(text[from:to] + ",\n")
	}
	first, rest, _ := strings.Cut(string(content), "\n")
	return first, []byte(rest)
}

// somePhotos are images of two classes, and one that is none.
func somePhotos(t *testing.T, folder string) {
	t.Helper()
	for i := range 9 {
		img := image.NewGray(image.Rect(0, 0, 28, 28))
		for j := range img.Pix {
			img.Pix[j] = uint8(i * j)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, fmt.Sprint(i%2), fmt.Sprint(i, ".png"))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "0", "1-bad.png"), []byte("bad"), 0o666); err != nil {
		t.Fatal(err)
	}
}

// What eight processes write is, joined, what one writes, for every command and format: inputs of several kinds, bad ones among them,
// draws, percentiles.
func TestShardsJoined(t *testing.T) {
	run := smallRun(t)
	t.Chdir(t.TempDir())
	idxImages(t, "idx", 8, 37, 11)
	somePhotos(t, "photos")
	inputs := []string{"photos", filepath.Join("idx", "train-images-idx3-ubyte"), filepath.Join("idx", "t10k-images-idx3-ubyte")}
	for i, c := range []struct{ args, ending string }{
		{"encode", ".csv"}, {"encode", ".npy"}, {"encode", ".parquet"}, {"encode --logvar", ".parquet"}, {"encode --draw --seed 3", ".npy"},
		{"score --samples 3", ".csv"}, {"score --seed 4", ".npy"}, {"score", ".parquet"}, {"score --reference idx/t10k-images-idx3-ubyte", ".csv"},
		{"score", ".json"}, {"score --by mse --threshold 0.1", ".csv"}, {"reconstruct", ".csv"}, {"reconstruct", ".npy"}, {"reconstruct", ".parquet"},
	} {
		const parts = 8
		file := fmt.Sprint("x", i, c.ending)
		args := slices.Concat(strings.Fields(c.args), []string{"-m", run}, inputs)
		header, want := rowsIn(t, file, shardIn(t, "", "whole"+file, args...))
		var got []byte
		for i := range parts {
			own, rows := rowsIn(t, file, shardIn(t, fmt.Sprintf("%d/%d", i, parts), file, args...))
			if own != header {
				t.Errorf("%s%s, %d: header %s, want %s", c.args, c.ending, i, own, header)
			}
			got = append(got, rows...)
		}
		if !bytes.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s%s: %d bytes, joined %d:\n%.2000q\n%.2000q", c.args, c.ending, len(want), len(got), want, got)
		}
	}
}

// What is compressed by eight processes is, opened, what one compresses.
func TestCompressedShardsJoined(t *testing.T) {
	logistic, run := smallRun(t, "--likelihood", "logistic"), smallRun(t)
	t.Chdir(t.TempDir())
	idxImages(t, "idx", 28, 37, 11)
	somePhotos(t, "photos")
	inputs := []string{"photos", filepath.Join("idx", "train-images-idx3-ubyte")}
	for i, settings := range []string{
		"-m none", "-m none --fit=draw --seed 3", "-m " + logistic, "-m " + logistic + " --fast --samples 2 --block 5", "-m " + run + " --fit=draw --fast", "-m " + run + " --fit --unordered --fast",
	} {
		const parts = 8
		args, file := slices.Concat([]string{"compress"}, strings.Fields(settings), inputs), fmt.Sprint("x", i, ".vaez")
		opened := func(shard string) []byte {
			t.Helper()
			name := file
			if shard == "" {
				name = "whole" + file
			}
			content := shardIn(t, shard, name, args...)
			if err := os.WriteFile("open.vaez", content, 0o666); err != nil {
				t.Fatal(err)
			}
			model := logistic
			if strings.Contains(settings, run) {
				model = run
			}
			_, rows := rowsIn(t, "open.npy", shardIn(t, "", "open.npy", "decompress", "open.vaez", "-m", model))
			return rows
		}
		want := opened("")
		var got []byte
		for i := range parts {
			got = append(got, opened(fmt.Sprintf("%d/%d", i, parts))...)
		}
		if strings.Contains(settings, "unordered") {
			got, want = sorted(got, 28*28), sorted(want, 28*28)
		}
		if !bytes.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %d values, joined %d", settings, len(want), len(got))
		}
	}
}

// sorted is rows of a size, sorted.
func sorted(all []byte, size int) []byte {
	rows := slices.Collect(slices.Chunk(all, size))
	slices.SortFunc(rows, bytes.Compare)
	return slices.Concat(rows...)
}
