import pytest

from cvosim.metrics.columns import BLOCK
from cvosim.tables.spans import STREAM_BLOCK, Span, blocks_of


@pytest.mark.parametrize("count", [1, STREAM_BLOCK - 1, STREAM_BLOCK, 3 * STREAM_BLOCK + 5])
def test_blocks_cover_every_customer_once(count: int) -> None:
    blocks = list(blocks_of(7, count))
    assert [block.first for block in blocks] == list(range(7, 7 + count, STREAM_BLOCK))
    assert sum(block[1] for block in blocks) == count
    assert all(block[1] == STREAM_BLOCK for block in blocks[:-1])


def test_nobody_is_no_block() -> None:
    assert list(blocks_of(7, 0)) == []
    assert Span(7, 2) == (7, 2)


def test_blocks_of_the_processors_cache_fill_a_block_of_a_stream() -> None:
    assert STREAM_BLOCK % BLOCK == 0
