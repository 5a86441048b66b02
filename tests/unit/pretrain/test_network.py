"""The classifier by itself."""

import torch

from seq2exp_py.pretrain.network import MOTIF, WINDOW, Network, other_strand
from seq2exp_py.pretrain.settings import Settings
from seq2exp_py.store.batch import one_hot

STEP = 20


def random_codes(length):
    return torch.randint(0, 5, (length,), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


def network():
    torch.manual_seed(0)
    return Network(2, Settings(filters=6, channels=5, hidden=4)).eval()


def test_a_stretch_is_read_as_its_windows_are_judged_on_both_strands():
    net, codes = network(), random_codes(WINDOW + 7 * STEP)
    windows = torch.stack([codes[i * STEP : i * STEP + WINDOW] for i in range(8)])
    expected = (net(windows)[0] + net(other_strand(windows))[0]) / 2
    assert expected.std() > 1e-3
    torch.testing.assert_close(net.read(codes, STEP), expected, rtol=1e-4, atol=1e-5)


def test_the_first_layer_is_a_convolution_of_either_strand():
    net, codes = network(), random_codes(40)[None]
    bases = one_hot(codes)
    given = net.motifs(bases.mT).mT
    other = net.motifs(bases.flip(1, 2).mT).mT.flip(1)
    torch.testing.assert_close(net.matches(codes), torch.stack([given, other], 2), rtol=1e-4, atol=1e-5)
    assert net.matches(codes).shape == (1, 40 - MOTIF + 1, 2, 6)


def test_the_number_of_parameters():
    assert sum(p.numel() for p in Network(2, Settings()).parameters()) == 45_972
