// Which entry of a full block cache should be evicted: hit ratios of several
// policies on traces of readers, at several budgets. All entries have one size.
// Prints the table of driver/core/cache/README.md; run it without arguments.
//
// Every policy spares an entry that nobody has read yet once. "close" is the
// share of the cache's size within which reads of one entry count as one.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace
{

// A request for a block, or (left) a block that a decoded source block leaves
// behind although nobody asked for it. If a scan runs at the same time as a
// viewer, only the viewer's hits are counted: the scan has none to lose.
struct Request {
    uint64_t key;
    bool left;
    bool counts = true; // as a request whose hits are counted
};
using Trace = std::vector<Request>;

struct Entry {
    uint64_t key = 0, born = 0;
    bool served = false, visited = false, spared = false;
    int queue = 0;
};
using Queue = std::list<Entry>; // front: newest

class Policy
{
  public:
    Policy(size_t room, double close)
        : room_(room),
          close_(static_cast<uint64_t>(close * static_cast<double>(room)))
    {
    }
    virtual ~Policy() = default;
    Policy(const Policy &) = delete;
    Policy &operator=(const Policy &) = delete;

    bool Read(uint64_t key)
    {
        const auto found = where_.find(key);

        if (found == where_.end())
            return false;
        Entry &entry = *found->second;

        if (!entry.served)
            entry.served = true;
        else if (age_ - entry.born >= close_)
            Hit(found->second);
        return true;
    }
    void Put(uint64_t key, bool served)
    {
        if (where_.count(key) != 0)
            return;
        while (where_.size() >= room_)
            EvictOne();
        Entry entry;

        entry.key = key;
        entry.born = ++age_;
        entry.served = served;
        Add(entry);
    }

  protected:
    virtual void Hit(Queue::iterator at) { at->visited = true; }
    virtual void Add(const Entry &entry) { Push(entry, 0); }
    virtual void EvictOne() = 0;

    void Push(Entry entry, int queue)
    {
        entry.queue = queue;
        queues_[queue].push_front(entry);
        where_[entry.key] = queues_[queue].begin();
    }
    void Move(Queue::iterator at, int queue)
    {
        Queue &from = queues_[at->queue];

        at->queue = queue;
        queues_[queue].splice(queues_[queue].begin(), from, at);
    }
    void Erase(Queue::iterator at)
    {
        where_.erase(at->key);
        queues_[at->queue].erase(at);
    }
    // Whether an unread entry is requeued once.
    bool Spare(Queue::iterator at, int queue)
    {
        if (at->served || at->spared)
            return false;
        at->spared = true;
        Move(at, queue);
        return true;
    }
    Queue::iterator Oldest(int queue)
    {
        return std::prev(queues_[queue].end());
    }

    size_t room_;
    uint64_t close_, age_ = 0;
    Queue queues_[2];
    std::unordered_map<uint64_t, Queue::iterator> where_;
};

class Lru : public Policy
{
    using Policy::Policy;
    void Hit(Queue::iterator at) override { Move(at, 0); }
    void EvictOne() override
    {
        while (Spare(Oldest(0), 0)) {
        }
        Erase(Oldest(0));
    }
};

class Sieve : public Policy
{
    using Policy::Policy;
    void EvictOne() override
    {
        Queue &all = queues_[0];
        auto at = has_hand_ ? where_[hand_] : Oldest(0);

        for (;;) {
            if (at->visited)
                at->visited = false;
            else if (!at->served && !at->spared)
                at->spared = true;
            else
                break;
            at = at == all.begin() ? Oldest(0) : std::prev(at);
        }
        has_hand_ = at != all.begin();
        if (has_hand_)
            hand_ = std::prev(at)->key;
        Erase(at);
    }
    bool has_hand_ = false;
    uint64_t hand_ = 0;
};

// The small queue has a tenth. An entry that leaves it unread goes to the main
// queue, so that it is spared. The ghosts are as many as the main queue holds.
class S3Fifo : public Policy
{
    using Policy::Policy;
    void Add(const Entry &entry) override
    {
        Push(entry, ghosts_.count(entry.key) != 0 ? 1 : 0);
    }
    void EvictOne() override
    {
        const size_t small = std::max<size_t>(1, room_ / 10);

        if (queues_[0].size() >= small || queues_[1].empty()) {
            const auto at = Oldest(0);

            if (at->visited) {
                at->visited = false;
                Move(at, 1);
            } else if (!Spare(at, 1)) {
                Remember(at->key);
                Erase(at);
            }
            return;
        }
        const auto at = Oldest(1);

        if (at->visited) {
            at->visited = false;
            Move(at, 1);
        } else {
            Erase(at);
        }
    }
    void Remember(uint64_t key)
    {
        order_.push_back(key);
        ghosts_.insert(key);
        if (order_.size() > room_) {
            ghosts_.erase(order_.front());
            order_.pop_front();
        }
    }
    std::deque<uint64_t> order_;
    std::unordered_set<uint64_t> ghosts_;
};

// Two queues, as in driver/core/cache/eviction.c.
class Segmented : public Policy
{
  public:
    Segmented(size_t room, double close, size_t percent)
        : Policy(room, close), share_(room * percent / 100)
    {
    }

  private:
    void EvictOne() override
    {
        const int queue =
            queues_[0].empty() || queues_[1].size() > share_ ? 1 : 0;
        const auto at = Oldest(queue);

        if (at->visited) {
            at->visited = false;
            at->born = age_;
            Move(at, 1);
        } else if (queue == 1) {
            Move(at, 0);
        } else if (!Spare(at, 0)) {
            Erase(at);
        }
    }
    size_t share_;
};

constexpr uint64_t kSide = 64; // blocks on a side of the raster
constexpr uint64_t kRaster = kSide * kSide;

uint64_t Key(uint64_t raster, uint64_t col, uint64_t row)
{
    return raster * 10 * kRaster + row * kSide + col;
}

void Window(Trace &trace, uint64_t raster, uint64_t col, uint64_t row,
            uint64_t w, uint64_t h, bool counts = true)
{
    for (uint64_t y = row; y < std::min(row + h, kSide); y++)
        for (uint64_t x = col; x < std::min(col + w, kSide); x++)
            trace.push_back({Key(raster, x, y), false, counts});
}

// A map viewer: it moves in small steps, comes back to a few places, and
// sometimes looks at the whole raster, which is a level of its own.
class Viewer
{
  public:
    Viewer(uint64_t raster, uint32_t seed) : raster_(raster), random_(seed)
    {
        for (auto &place : places_)
            place = {random_() % (kSide - 6), random_() % (kSide - 6)};
    }
    void Step(Trace &trace)
    {
        const uint64_t dice = random_() % 20;

        if (dice == 0) {
            const auto &place = places_[random_() % 5];

            x_ = place.first;
            y_ = place.second;
        } else if (dice == 1) {
            Window(trace, raster_ + 1, 0, 0, 4, 4);
            return;
        } else {
            x_ = Stay(x_ + random_() % 5);
            y_ = Stay(y_ + random_() % 5);
        }
        Window(trace, raster_, x_, y_, 6, 4);
    }

  private:
    static uint64_t Stay(uint64_t at)
    {
        return std::min(at < 2 ? 0 : at - 2, kSide - 6);
    }
    uint64_t raster_;
    std::mt19937 random_;
    std::pair<uint64_t, uint64_t> places_[5];
    uint64_t x_ = 20, y_ = 20;
};

Trace Pan()
{
    Trace trace;
    Viewer viewer(0, 1);

    for (int i = 0; i < 3000; i++)
        viewer.Step(trace);
    return trace;
}

Trace RandomWindows()
{
    Trace trace;
    std::mt19937 random(2);

    for (int i = 0; i < 10000; i++)
        Window(trace, 0, random() % kSide, random() % kSide, 2, 2);
    return trace;
}

// Each row of blocks is read in as many requests as it has lines, here 8.
void ScanRow(Trace &trace, uint64_t raster, uint64_t row, bool counts)
{
    for (int line = 0; line < 8; line++)
        Window(trace, raster, 0, row, kSide, 1, counts);
}

Trace PanWithScans()
{
    Trace trace;
    Viewer viewer(0, 3);

    for (int i = 0; i < 3000; i++) {
        viewer.Step(trace);
        if (i % 600 == 300)
            for (uint64_t row = 0; row < kSide; row++)
                ScanRow(trace, 0, row, false);
    }
    return trace;
}

// A scan in tile order, twice over each tile and its neighbours' edges.
Trace Tiles()
{
    Trace trace;

    for (int pass = 0; pass < 3; pass++)
        for (uint64_t row = 0; row < kSide; row += 2)
            for (uint64_t col = 0; col < kSide; col += 2)
                Window(trace, 0, col > 0 ? col - 1 : 0, row > 0 ? row - 1 : 0,
                       4, 4);
    return trace;
}

Trace TwoRasters(bool by_line)
{
    Trace trace;
    Viewer viewer(0, 4);

    for (uint64_t i = 0; i < 3000; i++) {
        viewer.Step(trace);
        if (by_line)
            ScanRow(trace, 5, i / 2 % kSide, false);
        else
            Window(trace, 5, 0, i / 2 % kSide, kSide, 1, false);
    }
    return trace;
}

// Strips that end inside blocks: each leaves a row of pieces, which the next
// row of blocks needs.
Trace Pieces()
{
    Trace trace;

    for (uint64_t row = 0; row < kSide; row++) {
        if (row > 0)
            Window(trace, 8, 0, row, kSide, 1);
        ScanRow(trace, 0, row, true);
        for (uint64_t col = 0; col < kSide && row + 1 < kSide; col++)
            trace.push_back({Key(8, col, row + 1), true});
    }
    return trace;
}

double HitPercent(Policy &policy, const Trace &trace)
{
    uint64_t n = 0, hits = 0;

    for (const Request &request : trace) {
        if (request.left) {
            policy.Put(request.key, false);
            continue;
        }
        n += request.counts;
        if (policy.Read(request.key))
            hits += request.counts;
        else
            policy.Put(request.key, true);
    }
    return 100.0 * static_cast<double>(hits) / static_cast<double>(n);
}

struct Contender {
    std::string name;
    std::function<std::unique_ptr<Policy>(size_t)> make;
};

template <class P> Contender Plain(const char *name, double close)
{
    return {name,
            [close](size_t room) { return std::make_unique<P>(room, close); }};
}

Contender Two(const char *name, double close, size_t percent)
{
    return {name, [=](size_t room) {
                return std::make_unique<Segmented>(room, close, percent);
            }};
}

} // namespace

int main()
{
    const Contender contenders[] = {
        Plain<Lru>("LRU", 0),
        Plain<Sieve>("SIEVE", 0),
        Plain<Sieve>("SIEVE, close 1/16", 1.0 / 16),
        Plain<S3Fifo>("S3-FIFO", 0),
        Plain<S3Fifo>("S3-FIFO, close 1/16", 1.0 / 16),
        Two("two queues 50 %", 0, 50),
        Two("two queues 50 %, close 1/16", 1.0 / 16, 50),
        Two("two queues 67 %, close 1/16", 1.0 / 16, 67),
        Two("two queues 80 %, close 1/16", 1.0 / 16, 80),
    };
    const std::pair<const char *, Trace> traces[] = {
        {"pan", Pan()},
        {"random", RandomWindows()},
        {"pan, scans", PanWithScans()},
        {"tiles", Tiles()},
        {"pan beside scan", TwoRasters(false)},
        {"pan beside lines", TwoRasters(true)},
        {"pieces", Pieces()},
    };

    std::printf("| hits, %% at 5 / 10 / 25 / 50 %% |");
    for (const auto &trace : traces)
        std::printf(" %s |", trace.first);
    std::printf("\n|---|");
    for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
        std::printf("---|");
    std::printf("\n");
    for (const Contender &contender : contenders) {
        std::printf("| %s |", contender.name.c_str());
        for (const auto &trace : traces) {
            const char *before = " ";

            for (const size_t percent : {5u, 10u, 25u, 50u}) {
                const auto policy = contender.make(kRaster * percent / 100);

                std::printf("%s%.1f", before,
                            HitPercent(*policy, trace.second));
                before = " / ";
            }
            std::printf(" |");
        }
        std::printf("\n");
    }
    return 0;
}
