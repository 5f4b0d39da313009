package sample

import (
	"encoding/binary"
	"math"
	"testing"
)

func TestFloat32(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for _, c := range []struct {
		t    Type
		b    string
		want float64
	}{
		{Type{Unsigned, 1, little}, "\xff", 255}, {Type{Signed, 1, little}, "\xff", -1}, {Type{Signed, 1, big}, "\x80", -128},
		{Type{Unsigned, 2, little}, "\x01\x02", 513}, {Type{Unsigned, 2, big}, "\x01\x02", 258}, {Type{Signed, 2, big}, "\xff\xfe", -2},
		{Type{Unsigned, 3, little}, "\x01\x02\x03", 197121}, {Type{Unsigned, 3, big}, "\x01\x02\x03", 66051}, {Type{Signed, 3, big}, "\xff\xff\xfd", -3},
		{Type{Unsigned, 4, little}, "\xff\xff\xff\xff", 1 << 32}, {Type{Signed, 4, little}, "\xff\xff\xff\xff", -1},
		{Type{Unsigned, 8, big}, "\xff\xff\xff\xff\xff\xff\xff\xff", math.Ldexp(1, 64)}, {Type{Signed, 8, big}, "\x80\x00\x00\x00\x00\x00\x00\x00", math.Ldexp(-1, 63)},
		{Type{Float, 2, big}, "\x3c\x01", 1 + math.Ldexp(1, -10)}, {Type{Float, 2, little}, "\x01\x80", -math.Ldexp(1, -24)},
		{Type{Float, 2, big}, "\x7b\xff", 65504}, {Type{Float, 2, big}, "\xfc\x00", math.Inf(-1)}, {Type{Float, 2, big}, "\x7e\x00", math.NaN()},
		{Type{Float, 4, big}, "\x3f\x80\x00\x00", 1}, {Type{Float, 8, big}, "\xbf\xf0\x00\x00\x00\x00\x00\x00", -1},
	} {
		if got := float64(c.t.Float32([]byte(c.b))); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v of %x is %v, want %v", c.t, c.b, got, c.want)
		}
		if got := c.t.Float64([]byte(c.b)); float32(got) != float32(c.want) && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v of %x is %v in 64 bits, want %v", c.t, c.b, got, c.want)
		}
		if c.t.Kind != Float && c.t.Size < 8 && math.Abs(c.want) < 1<<24 && c.t.Int([]byte(c.b)) != int64(c.want) {
			t.Errorf("%v of %x is %v as a whole number", c.t, c.b, c.t.Int([]byte(c.b)))
		}
	}
}

// Of what 32 bits cannot hold, 64 do.
func TestFloat64(t *testing.T) {
	for _, c := range []struct {
		t    Type
		b    string
		want float64
	}{
		{Type{Unsigned, 4, binary.LittleEndian}, "\xff\xff\xff\xff", 1<<32 - 1}, {Type{Signed, 4, binary.BigEndian}, "\x80\x00\x00\x01", 1 - 1<<31},
		{Type{Float, 8, binary.BigEndian}, "\x7f\xe0\x00\x00\x00\x00\x00\x01", math.Float64frombits(0x7fe0000000000001)},
	} {
		if got := c.t.Float64([]byte(c.b)); got != c.want {
			t.Errorf("%v of %x is %v, want %v", c.t, c.b, got, c.want)
		}
	}
}

func TestRange(t *testing.T) {
	for _, c := range []struct {
		t         Type
		low, high float64
	}{
		{Type{Unsigned, 1, nil}, 0, 255}, {Type{Signed, 2, nil}, -32768, 32767}, {Type{Unsigned, 4, nil}, 0, 1<<32 - 1}, {Type{Signed, 4, nil}, -1 << 31, 1<<31 - 1},
	} {
		if low, high := c.t.Range(); low != c.low || high != c.high {
			t.Errorf("%v: %v to %v", c.t, low, high)
		}
	}
	if low, high := (Type{Float, 4, nil}).Range(); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("floating point has the range %v to %v", low, high)
	}
}
