package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"vae/internal/safetensors"
)

// The magic numbers of IDX files.
const (
	magicImages = 0x803
	magicLabels = 0x801
)

// digits makes a folder of IDX files, 60 training and 20 test images of 8x8 with
// labels 0 to 9: digits FOLDER [.gz]
func digits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && (len(args) == 1 || len(args) == 2), "digits FOLDER [.gz]")
	ending := strings.Join(args[1:], "")
	for name, content := range digitFiles(60, 20) {
		writeMaybeZipped(ts, path.Join(args[0], name+ending), content)
	}
}

// mnist writes the first images of MNIST: mnist FOLDER TRAIN TEST. Where a few are enough this
// is quicker than to have the program take the first of all.
func mnist(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 3, "mnist FOLDER TRAIN TEST")
	files, err := firstDigits(number(ts, args[1]), number(ts, args[2]))
	ts.Check(err)
	for name, content := range files {
		writeBytes(ts, path.Join(args[0], name), content)
	}
}

// digitFiles are IDX files of so many training and test images of 8x8 pixels.
func digitFiles(train, test int) map[string][]byte {
	files := map[string][]byte{}
	for name, n := range map[string]int{"train": train, "t10k": test} {
		files[name+"-images-idx3-ubyte"] = idxContent(magicImages, []int{n, 8, 8}, n*64)
		files[name+"-labels-idx1-ubyte"] = idxContent(magicLabels, []int{n}, n)
	}
	return files
}

// idx writes an IDX file whose parts need not fit together: idx FILE MAGIC
// DIM,DIM,... BYTES. A name in .gz is compressed.
func idx(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 4 && !neg, "idx FILE MAGIC DIM,... BYTES")
	var dims []int
	for dim := range strings.SplitSeq(args[2], ",") {
		dims = append(dims, number(ts, dim))
	}
	writeMaybeZipped(ts, args[0], idxContent(number(ts, args[1]), dims, number(ts, args[3])))
}

// idxContent is an IDX file: its header, and so many bytes.
func idxContent(magic int, dims []int, size int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(magic))
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	for i := range size {
		if magic == magicLabels {
			b = append(b, uint8(i%10))
		} else {
			b = append(b, pixel(i/64, i%8, i/8%8))
		}
	}
	return b
}

func writeMaybeZipped(ts *testscript.TestScript, file string, b []byte) {
	if strings.HasSuffix(file, ".gz") {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, err := z.Write(b)
		ts.Check(err)
		ts.Check(z.Close())
		b = packed.Bytes()
	}
	writeBytes(ts, file, b)
}

// npy writes an array of NumPy of bytes that differ: npy FILE N,H,W[,C]
func npy(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "npy FILE N,H,W[,C]")
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%s,), }", args[1])
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	b = append(b, header...)
	size := 1
	for dim := range strings.SplitSeq(args[1], ",") {
		size *= number(ts, dim)
	}
	for i := range size {
		b = append(b, pixel(i/64, i%8, i/8%8))
	}
	writeBytes(ts, args[0], b)
}

// frames writes an animated GIF: frames FILE WxH N
func frames(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 3 && !neg, "frames FILE WxH N")
	var w, h int
	_, err := fmt.Sscanf(args[1], "%dx%d", &w, &h)
	ts.Check(err)
	var animation gif.GIF
	for k := range number(ts, args[2]) {
		img := image.NewPaletted(image.Rect(0, 0, w, h), palette.Plan9)
		for i := range w * h {
			img.Set(i%w, i/w, color.Gray{Y: pixel(k, i%w, i/w)})
		}
		animation.Image, animation.Delay = append(animation.Image, img), append(animation.Delay, 1)
	}
	var b bytes.Buffer
	ts.Check(gif.EncodeAll(&b, &animation))
	writeBytes(ts, args[0], b.Bytes())
}

// pack makes an archive of a folder: pack FILE.zip|FILE.tar.gz FOLDER
func pack(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "pack FILE.zip|FILE.tar.gz FOLDER")
	var b bytes.Buffer
	base := ts.MkAbs(".")
	add := func(put func(name string, content []byte)) {
		ts.Check(filepath.WalkDir(ts.MkAbs(args[1]), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			ts.Check(err)
			name, err := filepath.Rel(base, path)
			ts.Check(err)
			put(filepath.ToSlash(name), content)
			return nil
		}))
	}
	if strings.HasSuffix(args[0], ".zip") {
		z := zip.NewWriter(&b)
		add(func(name string, content []byte) {
			w, err := z.Create(name)
			ts.Check(err)
			_, err = w.Write(content)
			ts.Check(err)
		})
		ts.Check(z.Close())
	} else {
		g := gzip.NewWriter(&b)
		w := tar.NewWriter(g)
		add(func(name string, content []byte) {
			ts.Check(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}))
			_, err := w.Write(content)
			ts.Check(err)
		})
		ts.Check(w.Close())
		ts.Check(g.Close())
	}
	writeBytes(ts, args[0], b.Bytes())
}

// fixture copies images that other tools made, from the tests of package dataset:
// fixture FOLDER NAME...
func fixture(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) > 1 && !neg, "fixture FOLDER NAME...")
	for _, name := range args[1:] {
		content, err := os.ReadFile(path.Join("..", "..", "internal", "imagefile", "testdata", "images", name))
		ts.Check(err)
		writeBytes(ts, path.Join(args[0], name), content)
	}
}

// giant writes a PNG of a few bytes that claims 100,000 x 100,000 pixels.
func giant(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 1 && !neg, "giant FILE")
	var b bytes.Buffer
	ts.Check(png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))))
	header := b.Bytes()[12:33] // "IHDR", the data, the checksum
	binary.BigEndian.PutUint32(header[4:], 100_000)
	binary.BigEndian.PutUint32(header[8:], 100_000)
	binary.BigEndian.PutUint32(header[17:], crc32.ChecksumIEEE(header[:17]))
	writeBytes(ts, args[0], b.Bytes())
}

// remodel copies a safetensors file with one thing changed:
//
//	remodel FROM TO meta KEY VALUE     another value in the metadata
//	remodel FROM TO forget KEY         no such key in the metadata
//	remodel FROM TO bare               no metadata
//	remodel FROM TO drop TENSOR
//	remodel FROM TO extra TENSOR       one more, of two values
//	remodel FROM TO nan TENSOR         its last value
//	remodel FROM TO huge TENSOR        finite values beyond all reason, of both signs
//	remodel FROM TO flat TENSOR        one dimension
//	remodel FROM TO double TENSOR      all values, as F64
func remodel(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 3, "remodel FROM TO CHANGE ...")
	from, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer from.Close()
	info, err := from.Stat()
	ts.Check(err)
	f, err := safetensors.Read(from, info.Size())
	ts.Check(err)
	change(ts, f, args[2], args[3:])
	if f.Metadata != nil && !slices.Contains(args, "checksum") {
		f.Metadata["checksum"] = strings.Repeat("0", 64)
		var zeros bytes.Buffer
		ts.Check(safetensors.Write(&zeros, f))
		f.Metadata["checksum"] = fmt.Sprintf("%x", sha256.Sum256(zeros.Bytes()))
	}
	var b bytes.Buffer
	ts.Check(safetensors.Write(&b, f))
	writeBytes(ts, args[1], b.Bytes())
}

func change(ts *testscript.TestScript, f *safetensors.File, what string, args []string) {
	switch what {
	case "meta":
		f.Metadata[args[0]] = args[1]
		return
	case "forget":
		delete(f.Metadata, args[0])
		return
	case "bare":
		f.Metadata = nil
		return
	case "extra":
		f.Tensors = append(f.Tensors, safetensors.Float32s(args[0], []int{2}, []float32{1, 2}))
		return
	}
	i := slices.IndexFunc(f.Tensors, func(t safetensors.Tensor) bool { return t.Name == args[0] })
	if i < 0 {
		ts.Fatalf("no tensor %s", args[0])
	}
	t := &f.Tensors[i]
	switch what {
	case "drop":
		f.Tensors = slices.Delete(f.Tensors, i, i+1)
	case "nan":
		binary.LittleEndian.PutUint32(t.Data[len(t.Data)-4:], math.Float32bits(float32(math.NaN())))
	case "huge":
		for i := 0; i < len(t.Data); i += 4 {
			binary.LittleEndian.PutUint32(t.Data[i:], math.Float32bits(3e38*float32(1-i/4%2*2)))
		}
	case "flat":
		t.Shape = []int{len(t.Data) / 4}
	case "double":
		t.DType, t.Data = safetensors.F64, append(t.Data, t.Data...)
	default:
		ts.Fatalf("no change %s", what)
	}
}
