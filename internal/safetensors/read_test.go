package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// raw returns a file of the given header and n zero bytes of data.
func raw(header string, n int) []byte {
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(data, header...), make([]byte, n)...)
}

const a4 = `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`

func TestReadAccepts(t *testing.T) {
	a := Tensor{Name: "a", DType: F32, Shape: []int{1}, Data: make([]byte, 4)}
	empty := func(name string, shape ...int) Tensor {
		return Tensor{Name: name, DType: F32, Shape: shape, Data: []byte{}}
	}
	for name, c := range map[string]struct {
		data []byte
		want File
	}{
		"no tensors":      {raw(`{}`, 0), File{Tensors: []Tensor{}}},
		"unpadded":        {raw(`{`+a4+`}`, 4), File{Tensors: []Tensor{a}}},
		"white space":     {raw("{ \n"+a4+"\t} \r\n", 4), File{Tensors: []Tensor{a}}},
		"null metadata":   {raw(`{"__metadata__":null,`+a4+`}`, 4), File{Tensors: []Tensor{a}}},
		"metadata last":   {raw(`{`+a4+`,"__metadata__":{"k":""}}`, 4), File{map[string]string{"k": ""}, []Tensor{a}}},
		"unknown field":   {raw(`{"a":{"x":{"y":[1,{}]},"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), File{Tensors: []Tensor{a}}},
		"surrogate pair":  {raw(`{"\ud83d\ude00\\ud800":`+a4[4:]+`}`, 4), File{Tensors: []Tensor{{"😀\\ud800", F32, []int{1}, make([]byte, 4)}}}},
		"any order":       {raw(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},`+a4+`}`, 5), File{Tensors: []Tensor{a, {"b", U8, []int{1}, []byte{0}}}}},
		"empty tensors":   {raw(`{"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},`+a4+`}`, 4), File{Tensors: []Tensor{a, empty("b", 0)}}},
		"nothing by huge": {raw(`{"b":{"dtype":"F32","shape":[0,2147483647,16],"data_offsets":[0,0]}}`, 0), File{Tensors: []Tensor{empty("b", 0, math.MaxInt32, 16)}}},
	} {
		got, err := decode(c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(&c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	tensor := func(fields string) []byte { return raw(`{"a":{`+fields+`}}`, 4) }
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":            {nil, "it has 0 bytes, too few for a header"},
		"seven bytes":        {make([]byte, 7), "it has 7 bytes, too few for a header"},
		"huge header":        {bytes.Repeat([]byte{0xff}, 64), "its header would take 18446744073709551615 bytes, the limit is 100000000"},
		"header above limit": {[]byte("\x01\xe1\xf5\x05\x00\x00\x00\x00{}"), "its header would take 100000001 bytes"},
		"header above file":  {[]byte("\x03\x00\x00\x00\x00\x00\x00\x00{}"), "its header would take 3 bytes, 2 are left"},
		"no header":          {raw("", 0), "its header does not start with {"},
		"leading space":      {raw(" {"+a4+"}", 4), "its header does not start with {"},
		"not UTF-8":          {raw("{\"\xff\":1}", 4), "its header is not valid UTF-8"},
		"not JSON":           {raw("{"+a4, 4), "its header is not valid JSON"},
		"two values":         {raw("{}{}", 0), "its header is not valid JSON"},
		"zero padding":       {raw("{"+a4+"}\x00", 4), "its header is not valid JSON"},
		"too deep":           {raw(`{"a":`+strings.Repeat("[", 20000)+strings.Repeat("]", 20000)+`}`, 0), "its header is not valid JSON"},
		"high surrogate":     {raw(`{"\ud800":1}`, 4), "half of a surrogate pair"},
		"two high":           {raw(`{"\ud800\ud800":1}`, 4), "half of a surrogate pair"},
		"low surrogate":      {raw(`{"\udfff":1}`, 4), "half of a surrogate pair"},
		"tensor twice":       {raw("{"+a4+","+a4+"}", 4), `the header has the key "a" twice`},
		"escaped twice":      {raw("{"+a4+`,"\u0061"`+a4[3:]+"}", 4), `the header has the key "a" twice`},
		"metadata twice":     {raw(`{"__metadata__":{},"__metadata__":{}}`, 0), `the key "__metadata__" twice`},
		"metadata key twice": {raw(`{"__metadata__":{"k":"1","k":"1"}}`, 0), `__metadata__ has the key "k" twice`},
		"metadata number":    {raw(`{"__metadata__":{"k":1}}`, 0), `metadata "k" is not a string`},
		"metadata object":    {raw(`{"__metadata__":{"k":{}}}`, 0), `metadata "k" is not a string`},
		"metadata array":     {raw(`{"__metadata__":[]}`, 0), "__metadata__ is not an object"},
		"tensor a number":    {raw(`{"a":1}`, 0), `tensor "a" is not an object`},
		"tensor an array":    {raw(`{"a":["F32",[1],[0,4]]}`, 4), `tensor "a" is not an object`},
		"no fields":          {tensor(``), `tensor "a" lacks dtype, shape or data_offsets`},
		"wrong case":         {tensor(`"Dtype":"F32","shape":[1],"data_offsets":[0,4]`), `tensor "a" lacks dtype`},
		"field twice":        {tensor(`"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]`), `tensor "a" has the key "dtype" twice`},
		"unknown dtype":      {tensor(`"dtype":"F33","shape":[1],"data_offsets":[0,4]`), `tensor "a": unknown dtype "F33"`},
		"dtype a number":     {tensor(`"dtype":32,"shape":[1],"data_offsets":[0,4]`), `tensor "a": dtype is not a string`},
		"shape a number":     {tensor(`"dtype":"F32","shape":1,"data_offsets":[0,4]`), `tensor "a": shape is not an array`},
		"shape negative":     {tensor(`"dtype":"F32","shape":[-1],"data_offsets":[0,4]`), `tensor "a": shape holds something that is not a count`},
		"shape minus zero":   {tensor(`"dtype":"F32","shape":[-0],"data_offsets":[0,0]`), `tensor "a": shape holds something`},
		"shape fraction":     {tensor(`"dtype":"F32","shape":[1.0],"data_offsets":[0,4]`), `tensor "a": shape holds something`},
		"shape string":       {tensor(`"dtype":"F32","shape":["1"],"data_offsets":[0,4]`), `tensor "a": shape holds something`},
		"shape nested":       {tensor(`"dtype":"F32","shape":[[1]],"data_offsets":[0,4]`), `tensor "a": shape holds something`},
		"shape huge":         {tensor(`"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]`), `tensor "a": shape holds something`},
		"product overflows":  {tensor(`"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]`), `tensor "a": the product of its dimensions overflows`},
		"overflow then zero": {tensor(`"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]`), `tensor "a": the product of its dimensions overflows`},
		"size overflows":     {tensor(`"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]`), `tensor "a": its size in bytes overflows`},
		"one offset":         {tensor(`"dtype":"F32","shape":[1],"data_offsets":[4]`), `tensor "a": data_offsets has 1 numbers, not 2`},
		"three offsets":      {tensor(`"dtype":"F32","shape":[1],"data_offsets":[0,4,4]`), `tensor "a": data_offsets has 3 numbers, not 2`},
		"offsets backward":   {tensor(`"dtype":"F32","shape":[1],"data_offsets":[0,0]`), `its dtype and shape take 4 bytes, its offsets 0`},
		"offsets swapped":    {tensor(`"dtype":"F32","shape":[1],"data_offsets":[4,0]`), `tensor "a" takes the bytes 4 to 0, it should start at 0`},
		"hole at the start":  {tensor(`"dtype":"F32","shape":[0],"data_offsets":[4,4]`), `tensor "a" takes the bytes 4 to 4, it should start at 0`},
		"wrong length":       {tensor(`"dtype":"F16","shape":[1],"data_offsets":[0,4]`), `tensor "a": its dtype and shape take 2 bytes, its offsets 4`},
		"hole between":       {raw("{"+a4+`,"b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}`, 6), `tensor "b" takes the bytes 5 to 6, it should start at 4`},
		"overlap":            {raw("{"+a4+`,"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}`, 4), `tensor "b" takes the bytes 3 to 4, it should start at 4`},
		"same bytes":         {raw("{"+a4+`,"b":`+a4[4:]+`}`, 4), `tensor "b" takes the bytes 0 to 4, it should start at 4`},
		"data short":         {raw("{"+a4+"}", 3), "it is cut short: its tensors take 4 bytes, 3 are left"},
		"data long":          {raw("{"+a4+"}", 5), "its tensors take 4 bytes, 5 follow the header"},
		"data of nothing":    {raw("{}", 1), "its tensors take 0 bytes, 1 follow the header"},
		"long name":          {raw(`{"`+strings.Repeat("é", 1000)+`":1}`, 0), `tensor "` + strings.Repeat("é", 40) + `"... is not an object`},
	} {
		f, err := decode(c.data)
		var format *FormatError
		if !errors.As(err, &format) {
			t.Errorf("%s: got %v, %v", name, f, err)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "not a safetensors file: ") {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// TestReadTruncated cuts a file at every length, once with its new size told and
// once with the old.
func TestReadTruncated(t *testing.T) {
	data := encode(t, example())
	for n := range data {
		for _, size := range []int{n, len(data)} {
			_, err := Read(bytes.NewReader(data[:n]), int64(size))
			var format *FormatError
			if !errors.As(err, &format) {
				t.Fatalf("cut to %d bytes, told %d: got %v", n, size, err)
			}
		}
	}
}

// TestReadFlipped changes every byte before the data to every value: no panic, and
// what is read all the same is written and read back equal.
func TestReadFlipped(t *testing.T) {
	data := encode(t, example())
	end := 8 + int(binary.LittleEndian.Uint64(data))
	for i := range end {
		was := data[i]
		for v := range 256 {
			data[i] = byte(v)
			checkIdentity(t, data)
		}
		data[i] = was
	}
}

// checkIdentity reads data; what can be read must survive writing and reading.
func checkIdentity(t *testing.T, data []byte) {
	t.Helper()
	first, err := decode(data)
	if err != nil {
		var format *FormatError
		if !errors.As(err, &format) {
			t.Fatalf("not a FormatError: %v", err)
		}
		return
	}
	written := encode(t, first)
	second, err := decode(written)
	if err != nil {
		t.Fatalf("what was read is written as something unreadable: %v", err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Fatal(diff)
	}
	if !bytes.Equal(written, encode(t, second)) {
		t.Fatal("the same file is written in two ways")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte{})
	f.Add(encode(f, example()))
	f.Add(encode(f, &File{}))
	f.Add(raw(`{"__metadata__":{"\u00e9":"\ud83d\ude00"},`+a4+`}`, 4))
	f.Add(raw(`{"b":{"dtype":"U8","shape":[0,9],"data_offsets":[4,4]},`+a4+`}`, 4))
	f.Add(bytes.Repeat([]byte{0xff}, 32))
	f.Fuzz(func(t *testing.T, data []byte) { checkIdentity(t, data) })
}
