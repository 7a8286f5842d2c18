#!/usr/bin/env bash
# Makes the profiles that profiles_other.json and profiles_same.json measure: learnt on clips that the suite does not
# test (other), or on other frames of the cameras that it tests (same). Two hours of one core in all; a profile that
# exists is not made again.
#   make_profiles.sh FSC DIR other|same [NAMES, a regular expression]
set -euo pipefail
fsc=$1 out=$2 from=$3 names=${4:-.}
: "${FSC_DATA_DIR:?set it to the folder of networks and clips}"
zoo=$(dirname "$0")/../../models/zoo
video=$FSC_DATA_DIR/video images=$FSC_DATA_DIR/images
mkdir -p "$out"

calibrate() {  # NAME MODEL ARGUMENTS..
  local name=$1 model=$2
  shift 2
  if [[ ! $name =~ $names || -e $out/$name.fscp ]]; then return; fi
  "$fsc" calibrate --model "$zoo/$model.json" "$@" --presets fast --qps 46,54 --json -o "$out/$name.fscp" >"$out/$name.json"
}

kinds() {  # NAME MODEL STEPS CLIPS AND FRAMES..
  local name=$1 model=$2 steps=$3
  shift 3
  calibrate "$name.statistics" "$model" "$@" --kind statistics
  for form in diagonal full blended; do calibrate "$name.$form" "$model" "$@" --kind task --form $form; done
  for k in 16 32 64; do calibrate "$name.learned$k" "$model" "$@" --kind learned --planes "$k" --steps "$steps" --refine $((steps * 2 / 5)); done
}

mot=("$video/MOT17-02-FRCNN/img1" "$video/MOT17-05-FRCNN/img1")
if [ "$from" = other ]; then
  shadow=$video/davis_car_shadow/JPEGImages/480p/car-shadow
  streets=("$images/coco/images" "${mot[@]}" "$shadow" "$video/otb_crossing/img" "$video/car-detection.mp4")
  kinds squeezenet squeezenet1_1 240 "$images/imagenet" "$images/coco/images" "$video/otb_crossing/img" "$video/camvid/img" --frames 40:200 --max-frames 80
  kinds yolox yolox_nano 240 "$images/coco/images" "${mot[@]}" "$video/camvid/img" "$video/solidWhiteRight.mp4" --max-frames 80
  kinds resnet18 resnet18_camvid 200 "${streets[@]}" --max-frames 40 --held-back 8
  kinds espnet espnet_camvid 100 "${streets[@]}" --max-frames 24 --held-back 6
else
  kinds squeezenet squeezenet1_1 240 "$video/bag.avi" --frames 60:160 --max-frames 60
  kinds yolox yolox_nano 240 "$video/otb_crossing/img" --frames 60:120 --max-frames 60
  kinds resnet18 resnet18_camvid 240 "$images/camvid_train" --max-frames 92 --held-back 8
  kinds espnet espnet_camvid 100 "$images/camvid_train" --max-frames 24 --held-back 6
fi
