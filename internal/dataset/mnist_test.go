package dataset

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// cacheAt makes dir the user's cache directory on every system.
func cacheAt(t testing.TB, dir string) {
	for _, key := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(key, dir)
	}
}

func TestMNISTHoldsWhatItsAuthorsSay(t *testing.T) {
	cacheAt(t, t.TempDir())
	train, err := MNIST("train")
	if err != nil {
		t.Fatal(err)
	}
	test, err := MNIST("test")
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 60000 || test.Len() != 10000 || train.Shape != mnistShape || test.Shape != mnistShape {
		t.Errorf("%d and %d images of %s and %s", train.Len(), test.Len(), train.Shape, test.Shape)
	}
	if train.Label(0) != "5" || test.Label(0) != "7" || len(train.Labels) != 60000 || len(test.Labels) != 10000 {
		t.Errorf("the first labels are %s and %s, want 5 and 7", train.Label(0), test.Label(0))
	}
	if mean := train.Mean(); !(math.Abs(mean-0.13066) < 1e-5) {
		t.Errorf("the mean training pixel is %v, want 0.13066", mean)
	}
	if train.Name(42) != "00042" {
		t.Errorf("image 42 is named %s", train.Name(42))
	}
	if got := digest(train, test); got != "ba15a29adfa562ac78fa4702de267efbf129a703a840aad678d1ee86c2ca1d8c" {
		t.Errorf("the digest of MNIST changed: %s", got)
	}
}

func TestMNISTSplitsAsThePlanSays(t *testing.T) {
	cacheAt(t, t.TempDir())
	s := mustLoad(t, loadFrom("mnist"), 1)
	if s.Name != "mnist" || s.Train.Len() != 55000 || s.Validation.Len() != 5000 || s.Test.Len() != 10000 {
		t.Errorf("%s: %d, %d, %d images", s.Name, s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
}

func TestMNISTDamagedCacheIsReplaced(t *testing.T) {
	dir := t.TempDir()
	cacheAt(t, dir)
	if _, err := MNIST("test"); err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "vae", "mnist")
	path := filepath.Join(cache, "t10k-images-idx3-ubyte.gz")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	bad[len(bad)/2] ^= 1
	for name, content := range map[string][]byte{"flipped": bad, "cut": good[:1000], "empty": nil} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		set, err := MNIST("test")
		if err != nil || set.Label(0) != "7" {
			t.Fatalf("%s: %v", name, err)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, good) {
			t.Errorf("%s: the cached file was not replaced (%v)", name, err)
		}
	}
	entries, err := os.ReadDir(cache)
	if err != nil || len(entries) != 2 {
		t.Errorf("the cache holds %v (%v), want the two files", entries, err)
	}
}

func TestMNISTWithoutACacheUsesATemporaryFolder(t *testing.T) {
	dir, temp := t.TempDir(), t.TempDir()
	cacheAt(t, write(t, dir, "file", []byte("a file where a folder should be")))
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	if set, err := MNIST("test"); err != nil || set.Len() != 10000 {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	for _, key := range []string{"TMPDIR", "TMP"} {
		t.Setenv(key, filepath.Join(temp, "missing"))
	}
	_, err := MNIST("test")
	wantError(t, err, "mnist:test", "no place to extract")
}

func TestMNISTUnknownPart(t *testing.T) {
	_, err := MNIST("validation")
	wantError(t, err, "mnist:validation", "mnist:test")
}

func TestStreamOfMNISTIsTheSet(t *testing.T) {
	cacheAt(t, t.TempDir())
	set, err := MNIST("test")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), []string{"mnist:test"}, StreamOptions{Shape: mnistShape})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !s.Labelled() {
		t.Error("not labelled")
	}
	for i := range set.Len() {
		item, ok := s.Next()
		if !ok || item.Err != nil || !bytes.Equal(item.Pixels.Bytes(), set.Image(i)) || item.Label != set.Label(i) || item.Name != "mnist:test/"+set.Name(i) {
			t.Fatalf("item %d: %s, label %s, error %v", i, item.Name, item.Label, item.Err)
		}
	}
	if _, ok := s.Next(); ok {
		t.Error("more than 10,000 items")
	}
}

func BenchmarkMNIST(b *testing.B) {
	cacheAt(b, b.TempDir())
	for b.Loop() {
		if _, err := MNIST("train"); err != nil {
			b.Fatal(err)
		}
	}
}
