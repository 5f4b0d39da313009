package world

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// What the helper must agree on.
const (
	socketFD, memoryFD = 3, 4

	opWatch, opSum, opGather, opBroadcast = 0, 1, 2, 3
)

const (
	mostUnderWay = 32      // commands; the helper has twice the room
	mostNumbers  = 1 << 17 // of a bucket
	front        = 64      // bytes, the first of which tell the helper whether this process waits
	hall         = 8 << 20 // bytes for what is gathered and broadcast; behind them lie buckets
	behind       = front + hall
)

// bridge is a world that a helper with MPI carries. Numbers lie in memory that both share; commands and their
// ends go over a socket, any number under way at once.
type bridge struct {
	rank, size int
	memory     []byte
	free       int          // bytes from here on are
	open       bucket       // being filled
	underWay   [64]*command // by slot
	count      int          // of them
	sent       int64
	gathered   [][]byte
	err        error
}

// bucket is a run of numbers that are summed at once.
type bucket struct {
	at, n int         // byte, numbers
	to    [][]float32 // where they came from
}

// command is one that the helper has not answered yet.
type command struct {
	bucket
	done bool
}

func cross(rank, size, memory int, patience time.Duration) (World, error) {
	if kind, err := syscall.GetsockoptInt(socketFD, syscall.SOL_SOCKET, syscall.SO_TYPE); err != nil || kind != syscall.SOCK_SEQPACKET {
		return nil, errors.New("the socket of vae-mpi is gone: start vae by vae-mpi itself, with nothing between them that closes files")
	}
	shared, err := syscall.Mmap(memoryFD, 0, memory, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("memory that is shared with vae-mpi: %w", err)
	}
	syscall.CloseOnExec(socketFD)
	syscall.CloseOnExec(memoryFD)
	b := &bridge{rank: rank, size: size, memory: shared, free: behind}
	b.write(opWatch, 0, 0, int(patience.Milliseconds()), 0)
	return b, b.err
}

func (b *bridge) Rank() int   { return b.rank }
func (b *bridge) Size() int   { return b.size }
func (b *bridge) Sent() int64 { return b.sent }

// Begin copies x to where the helper sees it. A bucket leaves when it is full; where it ends changes no sum.
func (b *bridge) Begin(x []float32) {
	for len(x) > 0 && b.err == nil {
		if b.open.n == 0 && !b.makeRoom() {
			return
		}
		n := min(len(x), mostNumbers-b.open.n)
		copy(b.numbers(b.open.at, b.open.n+n)[b.open.n:], x[:n])
		b.open.to = append(b.open.to, x[:n])
		b.open.n += n
		x = x[n:]
		if b.open.n == mostNumbers {
			b.send()
		}
	}
}

// makeRoom opens a bucket. When memory ends it waits for all that is under way, and begins again at the front.
func (b *bridge) makeRoom() bool {
	if b.free+b.most() > len(b.memory) {
		b.drain()
		b.free = behind
	}
	b.open.at = b.free
	return b.err == nil
}

// most is how many bytes a bucket and the parts of it that come from others take.
func (b *bridge) most() int { return 2*4*mostNumbers + 4*b.size + 2*64 }

// Memory is that which is shared: the hall, and behind it each number twice and what its bucket takes beside.
func (b *bridge) Memory(numbers int) int {
	const number = 2 * 4
	beside := b.most() - number*mostNumbers
	return min(behind+number*numbers+(numbers/mostNumbers+1)*beside, len(b.memory))
}

// send lets the open bucket go.
func (b *bridge) send() {
	inbox := aligned(b.open.at + 4*b.open.n)
	b.free = aligned(inbox + 4*b.size*((b.open.n+b.size-1)/b.size))
	b.do(opSum, b.open.at, b.open.n, inbox, b.open)
	b.open = bucket{}
}

func aligned(at int) int { return (at + 63) &^ 63 }

// Finish waits for all buckets.
func (b *bridge) Finish() error {
	if b.open.n > 0 && b.err == nil {
		b.send()
	}
	b.drain()
	b.free = behind
	return b.err
}

func (b *bridge) drain() { b.until(func() bool { return b.count == 0 }) }

// until takes answers until something is so. The helper, which leaves the processor to who computes, is told that nobody does.
func (b *bridge) until(so func() bool) {
	waits := (*int32)(unsafe.Pointer(&b.memory[0]))
	atomic.StoreInt32(waits, 1)
	for b.err == nil && !so() {
		b.receive()
	}
	atomic.StoreInt32(waits, 0)
}

func (b *bridge) hall() []byte { return b.memory[front:behind] }

// Gather goes in pieces of which those of all processes fit into the hall. An empty one waits for the others too.
func (b *bridge) Gather(own []byte) ([][]byte, error) {
	if b.gathered == nil {
		b.gathered = make([][]byte, b.size)
	}
	for rank := range b.gathered {
		b.gathered[rank] = b.gathered[rank][:0]
	}
	piece := hall / b.size
	for first := 0; first == 0 || first < len(own); first += piece {
		given := own[first:min(first+piece, len(own))]
		n := max(1, len(given))
		copy(b.hall()[b.rank*n:], given)
		if err := b.wait(opGather, n); err != nil {
			return nil, err
		}
		for rank := range b.gathered {
			b.gathered[rank] = append(b.gathered[rank], b.hall()[rank*n:][:len(given)]...)
		}
	}
	return b.gathered, nil
}

// Broadcast sends the length before the bytes.
func (b *bridge) Broadcast(data []byte) ([]byte, error) {
	binary.LittleEndian.PutUint64(b.hall(), uint64(len(data)))
	if err := b.wait(opBroadcast, 8); err != nil {
		return nil, err
	}
	if b.rank != 0 {
		data = make([]byte, binary.LittleEndian.Uint64(b.hall()))
	}
	for rest := data; len(rest) > 0; {
		piece := rest[:min(hall, len(rest))]
		if b.rank == 0 {
			copy(b.hall(), piece)
		}
		if err := b.wait(opBroadcast, len(piece)); err != nil {
			return nil, err
		}
		if b.rank != 0 {
			copy(piece, b.hall())
		}
		rest = rest[len(piece):]
	}
	return data, nil
}

// wait does a command over the hall to its end.
func (b *bridge) wait(op, n int) error {
	c := b.do(op, front, n, 0, bucket{})
	b.until(func() bool { return c.done })
	return b.err
}

// do begins a command, after another has ended if there are too many.
func (b *bridge) do(op, at, n, inbox int, of bucket) *command {
	for b.count >= mostUnderWay && b.err == nil {
		b.receive()
	}
	slot := 0
	for b.underWay[slot] != nil {
		slot++
	}
	c := &command{bucket: of}
	b.underWay[slot] = c
	b.count++
	b.write(op, slot, at, n, inbox)
	return c
}

func (b *bridge) write(op, slot, at, n, inbox int) {
	var m [32]byte
	binary.NativeEndian.PutUint32(m[0:], uint32(op))
	binary.NativeEndian.PutUint32(m[4:], uint32(slot))
	binary.NativeEndian.PutUint64(m[8:], uint64(at))
	binary.NativeEndian.PutUint64(m[16:], uint64(n))
	binary.NativeEndian.PutUint64(m[24:], uint64(inbox))
	if b.err == nil {
		_, b.err = uninterrupted(syscall.Write, m[:])
	}
}

// receive takes the next answer of the helper, and what it is the end of.
func (b *bridge) receive() {
	var m [16]byte
	n, err := uninterrupted(syscall.Read, m[:])
	slot := binary.NativeEndian.Uint64(m[:])
	if err == nil && (n != len(m) || slot >= uint64(len(b.underWay)) || b.underWay[slot] == nil) {
		err = errGone
	}
	if err != nil {
		b.err = err
		return
	}
	b.sent += int64(binary.NativeEndian.Uint64(m[8:]))
	c := b.underWay[slot]
	b.underWay[slot], c.done = nil, true
	b.count--
	sums := b.numbers(c.at, c.n)
	for _, x := range c.to {
		sums = sums[copy(x, sums):]
	}
}

var errGone = errors.New("vae-mpi, which joins the processes, is gone")

// uninterrupted reads or writes a message of the socket. The call blocks its thread, which wakes sooner than a goroutine.
func uninterrupted(call func(int, []byte) (int, error), m []byte) (n int, err error) {
	for {
		switch n, err = call(socketFD, m); {
		case err == syscall.EINTR:
		case err != nil:
			return n, fmt.Errorf("%w (%w)", errGone, err)
		default:
			return n, nil
		}
	}
}

// numbers are n numbers of the shared memory, from a byte on.
func (b *bridge) numbers(at, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(&b.memory[at])), n)
}
