package folder

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// opened makes files of a list, "x*3/cat/.png" being three of them, and opens the folder.
func opened(t *testing.T, files ...string) *Tree {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		write(t, dir, name, png)
	}
	return openedAt(t, dir)
}

func openedAt(t *testing.T, dir string) *Tree {
	t.Helper()
	tree, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// read lists what a tree holds, "name label part".
func read(tree *Tree) (lines []string) {
	for {
		image, ok := tree.Next()
		if !ok {
			return lines
		}
		line := fmt.Sprintf("%s %s %s", image.Name, image.Label, []string{"whole", "train", "validation", "test"}[image.Part])
		if image.Err != nil {
			line += " " + image.Err.Error()
		}
		lines = append(lines, line)
	}
}

func TestWhatFoldersMean(t *testing.T) {
	for name, c := range map[string]struct {
		files    []string
		want     []string // in the order of names
		counts   string
		doubtful []string
		left     string
	}{
		"loose":  {files: []string{"a.png", "b.jpg"}, want: []string{"a.png  whole", "b.jpg  whole"}},
		"labels": {files: []string{"cat/1.png", "dog/deep/2.png", "c.png"}, want: []string{"c.png  whole", "cat/1.png cat whole", "dog/deep/2.png dog whole"}},
		"a split": {
			files: []string{"train/cat/1.png", "train/dog/2.png", "train/3.png", "val/cat/4.png", "test/dog/5.png"},
			want:  []string{"test/dog/5.png dog test", "train/3.png  train", "train/cat/1.png cat train", "train/dog/2.png dog train", "val/cat/4.png cat validation"}, counts: "train/ 3, val/ 1, test/ 1",
		},
		"other names": {
			files: []string{"Training/1.png", "DEV/2.png", "Testing/3.png"},
			want:  []string{"DEV/2.png  validation", "Testing/3.png  test", "Training/1.png  train"}, counts: "Training/ 1, DEV/ 1, Testing/ 1",
		},
		"names with words": {
			files: []string{"seg_train/seg_train/sea/1.png", "seg_test/seg_test/sea/2.png", "seg_pred/3.png"},
			want:  []string{"seg_test/seg_test/sea/2.png sea test", "seg_train/seg_train/sea/1.png sea train"}, counts: "seg_train/ 1, seg_test/ 1",
			left: "1 file left out: 1 beside the folders of the split",
		},
		"one word":                {files: []string{"TestSet/1.png", "trainset/2.png", "valImages/3.png"}, want: []string{"TestSet/1.png  test", "trainset/2.png  train", "valImages/3.png  validation"}, counts: "trainset/ 1, valImages/ 1, TestSet/ 1"},
		"copies":                  {files: []string{"Test (1)/1.png", "Train-20230101T000000Z-001/a/2.png"}, want: []string{"Test (1)/1.png  test", "Train-20230101T000000Z-001/a/2.png a train"}, counts: "Train-20230101T000000Z-001/ 1, Test (1)/ 1"},
		"letters":                 {files: []string{"testA/1.png", "trainA/2.png", "trainB/3.png"}, want: []string{"testA/1.png  test", "trainA/2.png  train", "trainB/3.png  train"}, counts: "trainA/ 1, trainB/ 1, testA/ 1"},
		"trainval":                {files: []string{"test/1.png", "train_val/2.png", "trainval/3.png"}, want: []string{"test/1.png  test", "train_val/2.png  train", "trainval/3.png  train"}, counts: "train_val/ 1, trainval/ 1, test/ 1"},
		"numbers":                 {files: []string{"01_train/1.png", "02_test/2.png"}, want: []string{"01_train/1.png  train", "02_test/2.png  test"}, counts: "01_train/ 1, 02_test/ 1"},
		"tests that are numbered": {files: []string{"Test 1/1.png", "Test 2/2.png"}, want: []string{"Test 1/1.png Test 1 whole", "Test 2/2.png Test 2 whole"}, doubtful: []string{"Test 1", "Test 2"}},
		"other words":             {files: []string{"test_hq/1.png", "train_lq/2.png"}, want: []string{"test_hq/1.png test_hq whole", "train_lq/2.png train_lq whole"}, doubtful: []string{"test_hq", "train_lq"}},
		"words alike":             {files: []string{"DIV2K_train_HR/1.png", "DIV2K_valid_HR/2.png"}, want: []string{"DIV2K_train_HR/1.png  train", "DIV2K_valid_HR/2.png  validation"}, counts: "DIV2K_train_HR/ 1, DIV2K_valid_HR/ 1"},
		"words alike, deeper":     {files: []string{"x/cifar10-test/a/1.png", "x/cifar10-train/a/2.png"}, want: []string{"x/cifar10-test/a/1.png a test", "x/cifar10-train/a/2.png a train"}, counts: "x/cifar10-train/ 1, x/cifar10-test/ 1"},
		"a class beside":          {files: []string{"car/1.png", "test_track/2.png", "train_track/3.png"}, want: []string{"car/1.png car whole", "test_track/2.png test_track whole", "train_track/3.png train_track whole"}, doubtful: []string{"test_track", "train_track"}},
		"a station":               {files: []string{"train_station/1.png", "valley/2.png", "testament/3.png", "device/4.png"}, want: []string{"device/4.png device whole", "testament/3.png testament whole", "train_station/1.png train_station whole", "valley/2.png valley whole"}},
		"products of MVTec": {
			files: []string{"bottle/train/good/1.png", "bottle/test/bad/2.png", "bottle/ground_truth/bad/2_mask.png", "cable/train/good/3.png", "cable/test/good/4.png", "cable/ground_truth/bad/5.png"},
			want:  []string{"bottle/test/bad/2.png bottle test", "bottle/train/good/1.png bottle train", "cable/test/good/4.png cable test", "cable/train/good/3.png cable train"}, counts: "bottle/train/ 1, cable/train/ 1, bottle/test/ 1, cable/test/ 1",
			left: "2 files left out: 2 beside the folders of the split",
		},
		"years": {files: []string{"train2017/1.png", "val2017/2.png"}, want: []string{"train2017/1.png  train", "val2017/2.png  validation"}, counts: "train2017/ 1, val2017/ 1"},
		"deeper": {
			files: []string{"data/images/train/cat/1.png", "data/images/valid/cat/2.png", "data/labels/train/cat/1.txt", "data/readme.md"},
			want:  []string{"data/images/train/cat/1.png cat train", "data/images/valid/cat/2.png cat validation"}, counts: "data/images/train/ 1, data/images/valid/ 1",
			left: "2 files left out: 2 without an image",
		},
		"a split in a folder called train": {
			files: []string{"train/train/1.png", "train/test/2.png"},
			want:  []string{"train/test/2.png  test", "train/train/1.png  train"}, counts: "train/train/ 1, train/test/ 1",
		},
		"within labels": {
			files: []string{"cat/train/1.png", "cat/test/2.png", "dog/train/good/3.png", "dog/test/bad/4.png"},
			want:  []string{"cat/test/2.png cat test", "cat/train/1.png cat train", "dog/test/bad/4.png dog test", "dog/train/good/3.png dog train"}, counts: "cat/train/ 1, dog/train/ 1, cat/test/ 1, dog/test/ 1",
		},
		"things that stand beside": {
			files: []string{"train/1.png", "test/2.png", "runs/notes.txt", "empty/.keep", "__MACOSX/train/1.png", ".git/x.png", "overview.png", "notes.md", "Thumbs.db"},
			want:  []string{"test/2.png  test", "train/1.png  train"}, counts: "train/ 1, test/ 1",
			left: "3 files left out: 2 without an image, 1 beside the folders of the split",
		},
		"train alone":              {files: []string{"train/a/1.png", "train/b/2.png"}, want: []string{"train/a/1.png a train", "train/b/2.png b train"}, counts: "train/ 2"},
		"test alone":               {files: []string{"test/a/1.png"}, want: []string{"test/a/1.png a test"}, counts: "test/ 1"},
		"a class called train":     {files: []string{"train/1.png", "plane/2.png", "ship/3.png"}, want: []string{"plane/2.png plane whole", "ship/3.png ship whole", "train/1.png train whole"}, doubtful: []string{"train"}},
		"more classes than parts":  {files: []string{"train/1.png", "test/2.png", "a/3.png", "b/4.png", "c/5.png"}, want: []string{"a/3.png a whole", "b/4.png b whole", "c/5.png c whole", "test/2.png test whole", "train/1.png train whole"}, doubtful: []string{"test", "train"}},
		"a split in one of two":    {files: []string{"a/train/1.png", "a/test/2.png", "b/3.png"}, want: []string{"a/test/2.png a whole", "a/train/1.png a whole", "b/3.png b whole"}, doubtful: []string{"a/test", "a/train"}},
		"words that only begin so": {files: []string{"trainer/1.png", "testament/2.png", "train_test/3.png"}, want: []string{"testament/2.png testament whole", "train_test/3.png train_test whole", "trainer/1.png trainer whole"}},
		"what is not read": {
			files: []string{"a.png", "b.AVIF", "c.avif", "d.heic", "e.txt", "f.json", "g"},
			want:  []string{"a.png  whole", "g  whole"},
			left:  "5 files left out: 2 .avif (not supported), 2 without an image, 1 .heic (not supported)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree := opened(t, c.files...)
			got := read(tree)
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			if tree.Counts() != c.counts || tree.Split() != (c.counts != "") || !slices.Equal(tree.Doubtful(), c.doubtful) {
				t.Errorf("counts %q, doubtful %q", tree.Counts(), tree.Doubtful())
			}
			if text := tree.LeftOut().String(); text != c.left {
				t.Errorf("left out: %q, want %q", text, c.left)
			}
		})
	}
}

// A run of the program is its own, whatever was drawn there.
func TestRunsAreLeftOut(t *testing.T) {
	tree := opened(t, "train/1.png", "test/2.png", "runs/0001/config.yaml", "runs/0001/model.safetensors", "runs/0001/grid.png", "results/config.yaml", "results/state.safetensors", "results/a/x.png")
	if got, want := read(tree), []string{"test/2.png  test", "train/1.png  train"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := tree.LeftOut().String(); got != "2 runs of this program left out" {
		t.Error(got)
	}
	loose := opened(t, "1.png", "config.yaml", "model.safetensors", "a/config.yaml", "a/2.png")
	if got, want := read(loose), []string{"1.png  whole", "a/2.png a whole"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Links to folders are followed, each real folder is read once, and no circle is endless.
func TestLinksToFolders(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	write(t, other, "big/cat/1.png", png)
	write(t, other, "big/dog/2.png", png)
	write(t, dir, "test/cat/3.png", png)
	write(t, dir, "test/.kept/4.png", png)
	for link, target := range map[string]string{
		"train": filepath.Join(other, "big"), "test/loop": "..", "test/twin": "cat", "test/dog": filepath.Join(other, "big", "dog"), "test/hidden": ".kept",
		"test/again": filepath.Join(other, "big"), filepath.Join(other, "big", "back"): dir, filepath.Join(other, "big", "cat", "up"): filepath.Join(other, "big"), "nowhere": "missing",
	} {
		if !filepath.IsAbs(link) {
			link = filepath.Join(dir, link)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	tree := openedAt(t, dir)
	got := read(tree)
	var files []string
	for _, line := range got {
		name, _, _ := strings.Cut(line, " ")
		files = append(files, filepath.Base(name))
	}
	slices.Sort(files)
	if !slices.Equal(files, []string{"1.png", "2.png", "3.png", "4.png"}) {
		t.Errorf("%q", got)
	}
	if !tree.Split() || tree.LeftOut().Count(KnownLink) != 6 {
		t.Errorf("%s; %v", tree.LeftOut(), got)
	}
}

// Whether a folder holds images, and labels, is known without reading all of it.
func TestOpenInPages(t *testing.T) {
	inPagesOf(t, 2)
	dir := t.TempDir()
	for i := range 7 {
		write(t, dir, fmt.Sprintf("a%d/notes.txt", i), nil)
	}
	if tree := openedAt(t, dir); !tree.Empty() || tree.Labelled() {
		t.Error("a folder without an image has one")
	}
	write(t, dir, "b.png", nil) // on the fourth page
	if tree := openedAt(t, dir); tree.Empty() || tree.Labelled() {
		t.Error("no image, or a label")
	}
	write(t, dir, "a6/deep/c.png", nil)
	tree := openedAt(t, dir)
	if !tree.Labelled() {
		t.Error("not labelled")
	}
	if got, want := read(tree), []string{"a6/deep/c.png a6 whole", "b.png  whole"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := tree.LeftOut().String(); got != "7 files left out: 7 without an image" {
		t.Error(got)
	}
}

func TestOpenFaults(t *testing.T) {
	if _, err := Open(context.Background(), filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing folder was opened")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, t.TempDir()); err == nil {
		t.Error("opened after the end")
	}
}

// A folder of masks beside one of images is noticed.
func TestMasks(t *testing.T) {
	for _, c := range []struct {
		files []string
		want  string
	}{
		{[]string{"train/images/1.png", "train/masks/1.png", "test/images/2.png"}, "train/masks"},
		{[]string{"JPEGImages/1.jpg", "SegmentationClass/1.png"}, "SegmentationClass"},
		{[]string{"VOC2012/JPEGImages/1.jpg", "VOC2012/SegmentationClass/1.png"}, "VOC2012/SegmentationClass"},
		{[]string{"candle/Data/Images/Normal/1.jpg", "candle/Data/Masks/Anomaly/1.png"}, "candle/Data/Masks"},
		{[]string{"imgs/1.png", "Ground_Truth/1.png"}, "Ground_Truth"},
		{[]string{"masks/1.png", "gloves/1.png"}, ""},
		{[]string{"images/1.png", "photos/masks/2.png"}, ""},
	} {
		tree := opened(t, c.files...)
		read(tree)
		if got := tree.Masks(); got != c.want {
			t.Errorf("%q: %q, want %q", c.files, got, c.want)
		}
	}
}
