/* vae-mpi lends MPI to vae, which is static and has none:

     mpicc -O2 -o vae-mpi vae-mpi.c
     mpirun -n 4 vae-mpi vae train ...

   It starts what its arguments say with a socket at descriptor 3, on which come
   commands, and memory that both share at 4, in which the numbers lie. Collectives
   are under way while the child computes on; the processor is left to it.

   A sum of N processes is a balanced binary tree over ranks, (0+1)+(2+3), whatever
   MPI does: part j of all goes to process j, which adds, and gives it to all. It
   has no product, so there is nothing to fuse; do not compile with -ffast-math. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What both sides must agree on; internal/world/bridge_linux.go has it in Go. */
enum { VERSION = 1, SLOTS = 64, MEMORY = 512 << 20 };
enum { WATCH, SUM, GATHER, BROADCAST };
struct command { int32_t op, slot; int64_t at, n, inbox; }; /* bytes from the memory's start; n numbers of SUM, else bytes; milliseconds of WATCH */
struct reply { int64_t slot, sent; };

/* A command under way. Sums are shared out on another communicator than they are
   collected on, so that each has the same order everywhere, that of the commands. */
struct slot { struct command c; int added, *count, *place, *each, *at; };

static int rank, size, sock, watched, child_gone;
static volatile pid_t child;
static char *memory, host[MPI_MAX_PROCESSOR_NAME];
static MPI_Comm collect, share, others, leaving;
static struct slot slots[SLOTS];
static MPI_Request request[SLOTS];
static int queue[SLOTS], first, queued; /* sums that were collected, or are being, in the order of their commands */
static int busy;
static int64_t spin = 2000000; /* microseconds for which the processor is kept while the child waits */
static int64_t patience, heard; /* milliseconds; 0 waits for ever */

static int64_t now_us(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* ---- the end ---- */

static int is_launcher(const char *name) {
	static const char *const names[] = {"mpirun", "mpiexec", "mpiexec.hydra", "mpiexec.mpich", "mpirun.mpich", "mpirun.openmpi", "mpiexec.openmpi", "orterun", "orted", "prterun", "prte", "prted", "hydra_pmi_proxy", "hydra_bstrap_proxy", 0};
	for (int i = 0; names[i]; i++)
		if (!strncmp(name, names[i], 15)) return 1; /* the system keeps 15 letters */
	return 0;
}

/* A process by number and time of its start, for numbers are given again. */
struct process { pid_t pid; unsigned long long started; };

/* look reads what a process is, and tells its parent, which may be 0; -1 where there is none. */
static pid_t look(pid_t pid, struct process *p, char name[16]) {
	char path[40], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	if (f) fclose(f);
	text[n] = 0;
	char *from = strchr(text, '('), *to = strrchr(text, ')');
	int parent;
	if (!from || !to || sscanf(to + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &parent, &p->started) != 2) return -1;
	*to = 0;
	snprintf(name, 16, "%s", from + 1);
	p->pid = pid;
	return parent;
}

/* guard is a process that outlives the helper. If that ends out of order, killed by a launcher too, it ends the launcher:
   with a dead link mpirun waits for its other half, and heeds nothing else. */
static void guard(void) {
	struct process all[16], again;
	char name[16];
	int ends[2], n = 0;
	pid_t guardian;
	if (pipe2(ends, O_CLOEXEC) || (guardian = fork()) < 0) {
		perror("vae-mpi: fork");
		exit(1);
	}
	watched = ends[1];
	if (guardian) {
		close(ends[0]);
		return;
	}
	for (pid_t p = getppid(), above; n < 16 && p > 1 && (above = look(p, &all[n], name)) >= 0; p = above) n += is_launcher(name);
	setsid();
	for (int i = 0; i < 1024; i++)
		if (i != ends[0]) close(i);
	if (read(ends[0], name, 1) != 1) {
		sleep(3);
		for (int i = 0; i < n; i++)
			if (look(all[i].pid, &again, name) >= 0 && again.started == all[i].started) kill(again.pid, SIGKILL);
	}
	_exit(0);
}

static int last_code = 1;

/* give_up is for when MPI does not come back. */
static void give_up(int signal_number) {
	(void)signal_number;
	if (child > 0) kill(child, SIGKILL);
	_exit(last_code);
}

static void abort_all(int code) {
	alarm(2); /* for MPI's way */
	if (child > 0) kill(child, SIGKILL);
	MPI_Abort(MPI_COMM_WORLD, code ? code : 1);
	give_up(0);
}

/* die ends all after something was said, which launchers carry to the terminal in their time, and lose when they are told to end. */
static void die(void) {
	usleep(300000);
	abort_all(1);
}

static void silent(const char *doing) {
	fprintf(stderr, "vae-mpi: process %d of %d, on %s: no answer from the other processes for %.3g s in %s; ending all, "
		"what was saved stays and the run can be resumed\n", rank, size, host, patience / 1e3, doing);
	die();
}

static void check(int error, const char *doing) {
	char text[MPI_MAX_ERROR_STRING];
	int n;
	if (error == MPI_SUCCESS) return;
	MPI_Error_string(error, text, &n);
	fprintf(stderr, "vae-mpi: process %d of %d, on %s: %s: %s\n", rank, size, host, doing, text);
	die();
}

/* ---- sums ---- */

static int64_t part(int64_t n, int r) { return n * r / size; }

/* add is *to += *from; blocks of a known length make vectors of it without a flag. */
static void add(float *restrict to, const float *restrict from, int64_t n) {
	for (; n >= 16; n -= 16, to += 16, from += 16)
		for (int i = 0; i < 16; i++) to[i] += from[i];
	for (int64_t i = 0; i < n; i++) to[i] += from[i];
}

static int start_sum(struct slot *s, MPI_Request *r) {
	float *x = (float *)(memory + s->c.at), *inbox = (float *)(memory + s->c.inbox);
	int mine = part(s->c.n, rank + 1) - part(s->c.n, rank);
	for (int i = 0; i < size; i++) {
		s->place[i] = part(s->c.n, i);
		s->count[i] = i == rank ? 0 : part(s->c.n, i + 1) - s->place[i]; /* one's own stays where it is */
		s->each[i] = i == rank ? 0 : mine;
		s->at[i] = i * mine;
	}
	s->added = 0;
	queue[(first + queued++) % SLOTS] = s - slots;
	return MPI_Ialltoallv(x, s->count, s->place, MPI_FLOAT, inbox, s->each, s->at, MPI_FLOAT, collect, r);
}

/* add_parts adds the parts that came, a piece at a time that stays in the cache. */
static void add_parts(struct slot *s) {
	float *x = (float *)(memory + s->c.at) + s->place[rank], *inbox = (float *)(memory + s->c.inbox);
	int64_t mine = part(s->c.n, rank + 1) - part(s->c.n, rank);
	for (int64_t from = 0, n; from < mine; from += n) {
		n = mine - from < 2048 ? mine - from : 2048;
#define PART(i) ((i) == rank ? x + from : inbox + (i) * mine + from)
		for (int step = 1; step < size; step *= 2)
			for (int i = 0; i + step < size; i += 2 * step) add(PART(i), PART(i + step), n);
		if (rank) memcpy(x + from, PART(0), n * sizeof *x);
	}
	s->count[rank] = mine;
	s->added = 1;
}

static int share_next(void) {
	while (queued && slots[queue[first]].added) {
		struct slot *s = &slots[queue[first]];
		first = (first + 1) % SLOTS, queued--;
		int e = MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, memory + s->c.at, s->count, s->place, MPI_FLOAT, share, &request[s - slots]);
		if (e) return e;
	}
	return MPI_SUCCESS;
}

/* ---- commands ---- */

static int start(struct slot *s, MPI_Request *r) {
	char *at = memory + s->c.at;
	switch (s->c.op) {
	case SUM: return start_sum(s, r);
	case GATHER: return MPI_Iallgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, at, s->c.n, MPI_BYTE, others, r);
	case BROADCAST: return MPI_Ibcast(at, s->c.n, MPI_BYTE, 0, others, r);
	}
	return MPI_ERR_OTHER;
}

/* sent is what a command gave to others, however MPI carries it. */
static int64_t sent(struct slot *s) {
	int64_t all = s->c.n, own = part(all, rank + 1) - part(all, rank);
	switch (s->c.op) {
	case SUM: return 4 * (all - own + own * (size - 1));
	case GATHER: return all * (size - 1);
	}
	return rank ? 0 : all * (size - 1);
}

static const char *name_of(int op) {
	static const char *const names[] = {"", "a sum", "a gathering", "a broadcast"};
	return names[op & 3];
}

/* take starts the commands that lie on the socket, and tells whether there were any. */
static int take(void) {
	struct command c;
	int n = 0;
	while (!child_gone) {
		ssize_t got = recv(sock, &c, sizeof c, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
		child_gone = got != sizeof c;
		if (child_gone) break;
		n++;
		if (c.op == WATCH) {
			patience = c.n;
			continue;
		}
		slots[c.slot].c = c;
		if (!busy++) heard = now_us() / 1000;
		check(start(&slots[c.slot], &request[c.slot]), name_of(c.op));
	}
	return n;
}

static void answer(int i) {
	struct reply r = {.slot = i, .sent = sent(&slots[i])};
	busy--;
	if (send(sock, &r, sizeof r, MSG_NOSIGNAL) < 0) child_gone = 1;
}

/* carry lets MPI work, and tells whether something was done. */
static int carry(void) {
	int n = 0, done[SLOTS], e, flag;
	MPI_Status status[SLOTS];
	if (!busy) {
		check(MPI_Iprobe(MPI_ANY_SOURCE, 0, others, &flag, MPI_STATUS_IGNORE), "waiting"); /* for what others have not yet taken */
		return 0;
	}
	e = MPI_Testsome(SLOTS, request, &n, done, status);
	if (e == MPI_ERR_IN_STATUS)
		for (int i = 0; i < n; i++) check(status[i].MPI_ERROR, name_of(slots[done[i]].c.op));
	check(e, "the exchange");
	if (n == MPI_UNDEFINED) n = 0;
	for (int i = 0; i < n; i++) {
		struct slot *s = &slots[done[i]];
		if (s->c.op == SUM && !s->added) add_parts(s);
		else answer(done[i]);
	}
	check(share_next(), "a sum");
	return n;
}

/* crowded tells whether fewer processors are there than processes of this machine. */
static int crowded(void) {
	MPI_Comm here;
	cpu_set_t own, *all, any;
	int n;
	check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &here), "the beginning");
	MPI_Comm_size(here, &n);
	if (!(all = calloc(n, sizeof *all))) abort_all(1);
	CPU_ZERO(&own);
	CPU_ZERO(&any);
	sched_getaffinity(0, sizeof own, &own);
	check(MPI_Allgather(&own, sizeof own, MPI_BYTE, all, sizeof own, MPI_BYTE, here), "the beginning");
	for (int i = 0; i < n; i++) CPU_OR(&any, &any, &all[i]);
	free(all);
	MPI_Comm_free(&here);
	return n > CPU_COUNT(&any);
}

/* rest leaves the processor to the child, the longer the longer nothing happens. Who waits for an answer has no other
   use for it, and a processor that slept is slow for a while, a virtual one above all; who computes does, and its sums
   may take a little longer. With none under way MPI may still hold what others wait for. */
static void rest(int64_t idle_us) {
	int64_t nap = 1000 + idle_us, longest = 100000; /* microseconds */
	struct pollfd p = {.fd = sock, .events = POLLIN};
	if (busy && *(volatile int32_t *)memory) {
		nap = idle_us / 4, longest = 300;
		if (idle_us < spin) {
			sched_yield();
			return;
		}
	} else if (busy)
		nap = 50 + idle_us, longest = 500;
	if (nap > longest) nap = longest;
	struct timespec t = {.tv_nsec = nap * 1000};
	ppoll(&p, 1, &t, 0);
}

static void serve(void) {
	int64_t last = now_us();
	while (!child_gone) {
		int did = take();
		did += carry();
		int64_t now = now_us();
		if (did) {
			last = now;
			heard = now / 1000;
			continue;
		}
		if (busy && patience && now / 1000 - heard > patience)
			for (int i = 0; i < SLOTS; i++)
				if (request[i] != MPI_REQUEST_NULL) silent(name_of(slots[i].c.op));
		rest(now - last);
	}
}

/* ---- the child ---- */

static volatile sig_atomic_t told; /* to end, by somebody else */

static void forward(int s) {
	told = 1;
	if (child > 0) kill(child, s == SIGUSR1 || s == SIGUSR2 ? SIGTERM : s);
}

/* run becomes the program once MPI has said which process this is. */
static void run(char **argv, pid_t parent, int theirs, int shared) {
	char text[64] = "";
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* a launcher signals whole groups, and a second signal would be one too many */
	if (getppid() != parent || recv(theirs, text, sizeof text - 1, 0) <= 0) _exit(1);
	int s = fcntl(theirs, F_DUPFD, 10), m = fcntl(shared, F_DUPFD, 10);
	dup2(s, 3), dup2(m, 4), close(s), close(m);
	setenv("VAE_MPI", text, 1);
	execvp(argv[0], argv);
	fprintf(stderr, "vae-mpi: cannot start %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* begin starts the child before MPI has pinned memory or begun threads. */
static void begin(char **argv) {
	int pair[2], mem = memfd_create("vae-mpi", MFD_CLOEXEC);
	pid_t self = getpid();
	if (mem < 0 || ftruncate(mem, MEMORY) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ||
		(memory = mmap(0, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, mem, 0)) == MAP_FAILED || (child = fork()) < 0) {
		perror("vae-mpi: what is shared with the program");
		exit(1);
	}
	if (!child) run(argv, self, pair[1], mem);
	close(pair[1]), close(mem);
	sock = pair[0];
	int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	for (int i = 0; i < 6; i++)
		if (signal(forwarded[i], forward) == SIG_IGN) signal(forwarded[i], SIG_IGN); /* as nohup has it */
	signal(SIGALRM, give_up);
	prctl(PR_SET_TIMERSLACK, 1000); /* nanoseconds; else a short nap is one of 50 us */
}

static void prepare(void) {
	char text[64];
	MPI_Comm *made[] = {&collect, &share, &others, &leaving};
	for (int i = 0; i < 4; i++) {
		check(MPI_Comm_dup(MPI_COMM_WORLD, made[i]), "the beginning");
		MPI_Comm_set_errhandler(*made[i], MPI_ERRORS_RETURN);
	}
	for (int i = 0; i < SLOTS; i++) {
		int *k = calloc(4 * size, sizeof *k);
		if (!k) abort_all(1);
		request[i] = MPI_REQUEST_NULL;
		slots[i] = (struct slot){.count = k, .place = k + size, .each = k + 2 * size, .at = k + 3 * size};
	}
	if (crowded()) spin = 20;
	snprintf(text, sizeof text, "%d %d %d %d", VERSION, rank, size, MEMORY);
	if (send(sock, text, strlen(text), MSG_NOSIGNAL) < 0) child_gone = 1;
}

/* leave waits until the other children are gone too. Where all have ended, each by
   its own will, each process has its own code; if not, a failure of one ends all. */
static int leave(int code) {
	int *codes = calloc(size, sizeof *codes), done = 0;
	MPI_Request r;
	int64_t begun = now_us(), limit = code ? 2000000 : patience * 1000;
	check(MPI_Iallgather(&code, 1, MPI_INT, codes, 1, MPI_INT, leaving, &r), "the end");
	while (check(MPI_Test(&r, &done, MPI_STATUS_IGNORE), "the end"), !done) {
		if (limit && now_us() - begun > limit) {
			if (code) abort_all(code);
			silent("waiting for their end");
		}
		usleep(500);
	}
	free(codes);
	last_code = code;
	alarm(10);
	MPI_Barrier(MPI_COMM_WORLD); /* MPICH over UCX waits for ever for who came to its end much sooner */
	MPI_Finalize();
	if (write(watched, "", 1) != 1) perror("vae-mpi: its guard");
	return code;
}

int main(int argc, char **argv) {
	int n, status;
	if (argc < 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: mpirun -n N vae-mpi vae COMMAND ...\n");
		return 2;
	}
	guard();
	begin(argv + 1);
	MPI_Init(0, 0);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	MPI_Get_processor_name(host, &n);
	prepare();
	serve();
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
	child = 0;
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (WIFSIGNALED(status) && !told) abort_all(code);
	return leave(code);
}
