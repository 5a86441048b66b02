"""What published checkpoints call the parameters of our models: substitutions from their names to ours, applied in order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """How to rename the tensors of one kind of checkpoint.

    Attributes:
        what: the checkpoints, in words.
        dropped: pattern of names without a counterpart: heads of other tasks, constants, second names of shared tensors.
        changes: (pattern, replacement) pairs, applied one after another to every name.
    """

    what: str
    dropped: str
    changes: tuple[tuple[str, str], ...]


WRAPPERS = r"^(?:module\.|model\.|hyenadna\.|hyena\.|enformer\.)+"  # of Lightning, DataParallel and Hugging Face
WORDS, CONCATENATED = "words", "concatenated"  # not parameters of ours, but converted to some
BASES = 7  # row of A in a published table of character tokens; then C, G, T, N

# Caduceus (kuleshov-group/caduceus-*), Mamba blocks, and the Seq2Exp models of the paper's authors, which are made of them.
MAMBA = Names(
    "Caduceus, Mamba or Seq2Exp",
    r"^(?:lm_head|score)\.|complement_map$|(?:^|\.)(?:prior_weights|signal_betas)$|mamba_rev\.(?:in|out)_proj",
    (
        (r"\.submodule\.", "."),
        (r"^mask_model\.", "masker."),
        (r"(^|\.)generator\.backbone\.", r"\1generator."),
        (r"^encoder\.backbone\.", "predictor.stack."),
        (r"^(?:caduceus\.)?backbone\.|^(?=layers\.|norm_f\.|embedding\.)", "stack."),
        (r"^stack\.embeddings\.word_embeddings\.(?:embedding\.)?weight$", WORDS),
        (r"^stack\.embedding\.weight$", "embedding.table.weight"),
        (r"\blayers\.(\d+)\.(?=mixer|norm)", r"blocks.\1."),
        (r"mixer\.mamba_fwd\.(?=(?:in|out)_proj)", "mixer."),
        (r"mixer\.mamba_fwd\.|mixer\.(?=conv1d|x_proj|dt_proj|A_log|D$)", "mixer.ahead."),
        (r"mixer\.mamba_rev\.", "mixer.back."),
        (r"\.conv1d\.", ".conv."),
        (r"\bnorm_f\.", "norm."),
        (r"seq_input_layer\.", "sequence.project."),
        (r"signal_input_layer\.", "signal.project."),
        (r"^input_layer\.", f"{CONCATENATED}."),
        (r"mask_output\.", "mask_head.project."),
        (r"^pos_emb$", "position"),
    ),
)

# HyenaDNA (LongSafari/hyenadna-*: `weights.ckpt`, with or without activation checkpointing, or the `-hf` form).
HYENA = Names(
    "HyenaDNA",
    r"^lm_head\.|pos_emb\.t$|modulation\.deltas$",
    (
        (r"^backbone\.", ""),
        (r"^embeddings\.word_embeddings\.", "embedding.table."),
        (r"^ln_f\.", "norm."),
        (r"^layers\.", "blocks."),
        (r"\.(mixer|mlp)\.layer\.", r".\1."),
        (r"mixer\.in_proj\.", "mixer.inward."),
        (r"mixer\.out_proj\.", "mixer.outward."),
        (r"mixer\.short_filter\.", "mixer.short."),
        (r"mixer\.filter_fn\.bias$", "mixer.bias"),
        (r"filter_fn\.pos_emb\.z$", "filter.code"),
        (r"filter_fn\.implicit_filter\.[135]\.freq$", "filter.frequency"),
        (r"filter_fn\.implicit_filter\.0\.", "filter.layers.0."),
        (r"filter_fn\.implicit_filter\.2\.", "filter.layers.1."),
        (r"filter_fn\.implicit_filter\.4\.", "filter.layers.2."),
        (r"filter_fn\.implicit_filter\.6\.", "filter.last."),
        (r"mlp\.fc1\.", "mlp.0."),
        (r"mlp\.fc2\.", "mlp.2."),
    ),
)

# Enformer (EleutherAI/enformer-official-rough and others in the form of enformer-pytorch, where the trunk has two names).
ENFORMER = Names(
    "Enformer",
    r"^_(?:trunk|heads)\.",
    (
        (r"^(stem|transformer)\.", r"trunk.\1."),
        (r"^conv_tower\.", "trunk.tower."),
        (r"^final_pointwise\.1\.", "trunk.pointwise."),
        (r"\.fn\.", "."),
        (r"\.to_attn_logits\.", ".logits."),
        (r"\.to_q\.", ".query."),
        (r"\.to_k\.", ".key."),
        (r"\.to_v\.", ".value."),
        (r"\.to_rel_k\.", ".relative."),
        (r"\.to_out\.", ".out."),
        (r"\.rel_content_bias$", ".content_bias"),
        (r"\.rel_pos_bias$", ".position_bias"),
    ),
)

# EPInformer "v2" (pinellolab/EPInformer).
EPINFORMER = Names(
    "EPInformer",
    r"^$",
    (
        (r"^seq_encoder\.stem_conv\.0\.", "encoder.stem."),
        *((rf"^seq_encoder\.conv_tower\.{2 * i}\.", f"encoder.tower.{i}.reduce.") for i in range(4)),
        *((rf"^seq_encoder\.conv_tower\.{2 * i + 1}\.0\.", f"encoder.tower.{i}.pointwise.") for i in range(4)),
        (r"^conv_out\.12\.", "encoder.summary."),
        (r"^conv_out\.", "encoder.out."),
        (r"^add_pos_conv\.", "fusion."),
        (r"^attn_encoder\.", "blocks."),
        (r"\.self_attn\.in_proj_(weight|bias)$", r".inward.\1"),
        (r"\.self_attn\.out_proj\.", ".outward."),
        (r"\.ff\.", ".forth."),
    ),
)
