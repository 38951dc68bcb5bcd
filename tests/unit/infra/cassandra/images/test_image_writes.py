"""What is written about images, in groups that Cassandra takes."""

from infra.cassandra.images.writes import MOST_LISTINGS_A_GROUP, acceptances, rejections
from tests import samples


def test_a_large_batch_of_one_slice_is_cut_into_groups_that_cassandra_takes() -> None:
    count = 2 * MOST_LISTINGS_A_GROUP + 1
    rejected = [samples.rejection("shop", f"{number}.jpg") for number in range(count)]
    accepted = [(samples.reference("shop", f"{number}.jpg"), samples.origin(0)) for number in range(count)]
    for writes, statements in ((rejections(rejected), 4), (acceptances(accepted), 2)):
        assert sum(map(len, writes.groups)) == statements * count
        assert max(map(len, writes.groups)) == MOST_LISTINGS_A_GROUP


def test_the_writes_of_one_group_share_their_partition() -> None:
    rejected = [samples.rejection("shop", f"{number}.jpg", of=samples.origin(600 * number)) for number in range(3)]
    lists = [group for group in rejections(rejected).groups if ".rejections (" in group[0].statement]
    assert len(lists) == 3
    assert all(len({write.values[0] for write in group}) == 1 for group in lists)
