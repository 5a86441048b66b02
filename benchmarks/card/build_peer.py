"""Build mamba_ssm's and causal_conv1d's CUDA extensions for one kind of card: `python -m benchmarks.card.build_peer FOLDER`.

The packages' own builds compile every type for every card, which takes an hour on two cores. The row needs the scan in bfloat16
with real rates, and the convolution in bfloat16 with float32 weights: those alone are compiled, everything else that the two
modules name throws. Sources are taken as they are published. FOLDER then holds the two modules and the packages' Python files;
it is ready for `PYTHONPATH`, belongs to this Python and this torch, and is never part of the project.

A compiler is `nvcc` of $CUDA_HOME or on the PATH, or PyPI's nvidia-cuda-nvcc, installed into FOLDER's neighbour on the way.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PACKAGES = ("mamba-ssm==2.3.2.post1", "causal-conv1d==1.7.0")
COMPILER = ("nvidia-cuda-nvcc==13.0.88", "nvidia-cuda-crt==13.0.88", "nvidia-nvvm==13.0.88", "nvidia-cuda-cccl==13.0.85")
ARCH = "sm_90"
FLAGS = (
    *("-O3", "-std=c++17", "--use_fast_math", "--expt-relaxed-constexpr", "--expt-extended-lambda", "-Xcompiler", "-fPIC"),
    *(f"-U__CUDA_NO_{kind}__" for kind in ("HALF_OPERATORS", "HALF_CONVERSIONS", "BFLOAT16_OPERATORS", "BFLOAT16_CONVERSIONS")),
    *("-U__CUDA_NO_BFLOAT162_OPERATORS__", "-U__CUDA_NO_BFLOAT162_CONVERSIONS__"),
)
HALF, BRAIN, FULL, COMPLEX = "at::Half", "at::BFloat16", "float", "c10::complex<float>"
SCAN = {"selective_scan_fwd_cuda": "SSMParamsBase", "selective_scan_bwd_cuda": "SSMParamsBwd"}
CONV = {
    **dict.fromkeys(("causal_conv1d_fwd_cuda", "causal_conv1d_channellast_fwd_cuda"), "ConvParamsBase"),
    **dict.fromkeys(("causal_conv1d_bwd_cuda", "causal_conv1d_channellast_bwd_cuda"), "ConvParamsBwd"),
    "causal_conv1d_update_cuda": "ConvParamsBase",
}
WANTED = (BRAIN, FULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sources", type=Path, help="folder with the two source archives; default: downloaded")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    work = given.folder.resolve().with_name(given.folder.name + ".build")
    work.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    sources = unpacked(given.sources or downloaded(work / "sources"), work)
    cuda = compiler(work / "nvcc")
    part = work / "done"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    jobs = [*scan(sources["mamba_ssm"], work), *conv(sources["causal_conv1d"], work)]
    with ThreadPoolExecutor(given.jobs) as pool:
        list(pool.map(lambda job: compile_one(cuda, *job), jobs))
    for module in ("selective_scan_cuda", "causal_conv1d_cuda"):
        link(part, module, [target for _, target, name, _ in jobs if name == module], cuda)
    for name, folder in sources.items():
        shutil.copytree(folder / name, part / name)
    shutil.rmtree(given.folder, ignore_errors=True)
    part.rename(given.folder.resolve())
    print(f"built for {ARCH} in {time.monotonic() - started:.0f} s", flush=True)


def downloaded(folder: Path) -> Path:
    """The packages' source archives from the registry."""
    folder.mkdir(exist_ok=True)
    skip = {"MAMBA_SKIP_CUDA_BUILD": "TRUE", "CAUSAL_CONV1D_SKIP_CUDA_BUILD": "TRUE"}
    for package in PACKAGES:  # two in one call would share one build environment
        options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "-d", str(folder)]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, package], env=os.environ | skip, check=True)
    return folder


def unpacked(archives: Path, work: Path) -> dict[str, Path]:
    """The source folder of each package by its Python name."""
    found = {}
    for archive in sorted(archives.glob("*.tar.gz")):
        with tarfile.open(archive) as file:
            file.extractall(work, filter="data")
        found[re.split(r"-\d", archive.name)[0].replace("-", "_")] = work / archive.name.removesuffix(".tar.gz")
    return found


def compiler(folder: Path) -> Path:
    """The folder with bin/nvcc."""
    told = os.environ.get("CUDA_HOME")
    there = shutil.which("nvcc") or ("/usr/local/cuda/bin/nvcc" if Path("/usr/local/cuda/bin/nvcc").exists() else None)
    if told or there:
        return Path(told) if told else Path(there or "").resolve().parents[1]
    home = folder / "nvidia" / "cu13"
    if not (home / "bin" / "nvcc").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *COMPILER]
        subprocess.run(command, check=True)
    return home


def includes(cuda: Path) -> list[str]:
    """Headers of torch, Python and CUDA; the toolkit's own lie in torch's packages where the compiler came from PyPI."""
    import torch
    from torch.utils import cpp_extension

    packaged = Path(torch.__file__).parents[1] / "nvidia" / "cu13" / "include"
    folders = [*cpp_extension.include_paths(), sysconfig.get_paths()["include"], str(cuda / "include")]
    folders += [str(cuda / "include" / "cccl")] if (cuda / "include" / "cccl").exists() else []
    folders += [str(packaged)] if packaged.exists() and not (cuda / "include" / "cuda_runtime.h").exists() else []
    return [f"-I{folder}" for folder in folders]


Job = tuple[Path, Path, str, list[str]]  # source, object, module, folders of headers


def scan(folder: Path, work: Path) -> list[Job]:
    """The scan's host code, a file for each of the two kernels that are wanted, and what throws."""
    home = folder / "csrc" / "selective_scan"
    made = []
    for way, name in (("fwd", "selective_scan_fwd_cuda"), ("bwd", "selective_scan_bwd_cuda")):
        path = work / f"scan_{way}.cu"
        wanted = f"template void {name}<{BRAIN}, {FULL}>({SCAN[name]} &params, cudaStream_t stream);"
        path.write_text(f'#include "selective_scan_{way}_kernel.cuh"\n{wanted}\n')
        made.append(path)
    types = [(a, b) for a in (HALF, BRAIN, FULL) for b in (FULL, COMPLEX)]
    throws = work / "scan_throws.cpp"
    throws.write_text(stubs("selective_scan.h", SCAN, types))
    sources = [home / "selective_scan.cpp", throws, *made]
    return [(source, work / f"{source.stem}.o", "selective_scan_cuda", [f"-I{home}"]) for source in sources]


def conv(folder: Path, work: Path) -> list[Job]:
    """The convolution's host code, its two kernels up to their lists of types, and what throws."""
    home = folder / "csrc"
    made = []
    for way in ("fwd", "bwd"):
        body = (home / f"causal_conv1d_{way}.cu").read_text().partition("\ntemplate void ")[0]
        names = [name for name in CONV if name.endswith(f"{way}_cuda")]
        path = work / f"conv_{way}.cu"
        lines = [f"template void {name}<{BRAIN}, {FULL}>({CONV[name]} &params, cudaStream_t stream);" for name in names]
        path.write_text("\n".join([body, *lines, ""]))
        made.append(path)
    types = [(a, b) for a in (HALF, BRAIN, FULL) for b in (HALF, BRAIN, FULL)]
    throws = work / "conv_throws.cpp"
    throws.write_text(stubs("causal_conv1d.h", CONV, types))
    sources = [home / "causal_conv1d.cpp", throws, *made]
    return [(source, work / f"{source.stem}.o", "causal_conv1d_cuda", [f"-I{home}"]) for source in sources]


def stubs(header: str, functions: dict[str, str], types: list[tuple[str, str]]) -> str:
    """Definitions that throw for every pair of types but the wanted one."""
    lines = ["#include <torch/extension.h>", "#include <c10/cuda/CUDAStream.h>", f'#include "{header}"']
    for name, params in functions.items():
        lines.append(f"template <typename I, typename W> void {name}({params} &params, cudaStream_t stream);")
        for pair in types:
            if pair != WANTED or name == "causal_conv1d_update_cuda":
                lines.append(
                    f"template <> void {name}<{', '.join(pair)}>({params} &, cudaStream_t) "
                    '{ TORCH_CHECK(false, "this build has bfloat16 alone"); }'
                )
    return "\n".join([*lines, ""])


def compile_one(cuda: Path, source: Path, target: Path, module: str, headers: list[str]) -> None:
    """Compile one file; what was compiled before by the same compiler into the same folder stays."""
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return
    start = time.monotonic()
    common = [*headers, *includes(cuda), f"-DTORCH_EXTENSION_NAME={module}", "-DTORCH_API_INCLUDE_EXTENSION_H"]
    if source.suffix == ".cu":
        command = [str(cuda / "bin" / "nvcc"), f"-arch={ARCH}", *FLAGS]
    else:
        command = ["g++", "-O2", "-std=c++17", "-fPIC"]
    part = target.with_suffix(".part")
    done = subprocess.run([*command, *common, "-c", str(source), "-o", str(part)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{source.name}: {done.stderr[-3000:]}")
    part.rename(target)
    print(f"{source.name}: {time.monotonic() - start:.0f} s", flush=True)


def link(folder: Path, module: str, objects: list[Path], cuda: Path) -> None:
    """Make the module; torch's libraries are found at run time, because torch is imported first."""
    import torch

    home = Path(torch.__file__).parent / "lib"
    packaged = Path(torch.__file__).parents[1] / "nvidia" / "cu13" / "lib"
    runtime = next(p for p in [*packaged.glob("libcudart.so*"), *cuda.glob("lib*/libcudart.so*")])
    libraries = [*(str(home / f"lib{name}.so") for name in ("c10", "c10_cuda", "torch_cpu", "torch_cuda", "torch", "torch_python"))]
    target = folder / f"{module}{sysconfig.get_config_var('EXT_SUFFIX')}"
    subprocess.run(["g++", "-shared", *map(str, objects), *libraries, str(runtime), "-o", str(target)], check=True)


if __name__ == "__main__":
    main()
