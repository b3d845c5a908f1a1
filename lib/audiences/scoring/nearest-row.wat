;; For each of four users: the row with the largest dot product, plus the row's bias, among rows in memory.
;; Four float32 are multiplied at once; one load of a row serves four users. Offsets and lengths are in bytes.
;;
;;   $users  four vectors, one behind the other     $rows   the first row
;;   $biases a float32 for each row                 $best   four float32: the best score of each user so far
;;   $vector the length of a vector, n * 16         $index  four int32: the row that has it
;;   $from, $to  the numbers of the rows
(module
  (memory (export "memory") 1)
  (func (export "nearest")
    (param $users i32) (param $rows i32) (param $biases i32) (param $best i32) (param $index i32)
    (param $from i32) (param $to i32) (param $vector i32)
    (local $i i32) (local $row v128) (local $bias f32) (local $score f32)
    (local $user0 i32) (local $sum0 v128) (local $best0 f32) (local $index0 i32)
    (local $user1 i32) (local $sum1 v128) (local $best1 f32) (local $index1 i32)
    (local $user2 i32) (local $sum2 v128) (local $best2 f32) (local $index2 i32)
    (local $user3 i32) (local $sum3 v128) (local $best3 f32) (local $index3 i32)

    (local.set $user0 (local.get $users))
    (local.set $user1 (i32.add (local.get $user0) (local.get $vector)))
    (local.set $user2 (i32.add (local.get $user1) (local.get $vector)))
    (local.set $user3 (i32.add (local.get $user2) (local.get $vector)))
    (local.set $best0 (f32.load offset=0 (local.get $best)))
    (local.set $best1 (f32.load offset=4 (local.get $best)))
    (local.set $best2 (f32.load offset=8 (local.get $best)))
    (local.set $best3 (f32.load offset=12 (local.get $best)))
    (local.set $index0 (i32.load offset=0 (local.get $index)))
    (local.set $index1 (i32.load offset=4 (local.get $index)))
    (local.set $index2 (i32.load offset=8 (local.get $index)))
    (local.set $index3 (i32.load offset=12 (local.get $index)))

    (block $done
      (loop $each_row
        (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
        (local.set $sum0 (v128.const f32x4 0 0 0 0))
        (local.set $sum1 (v128.const f32x4 0 0 0 0))
        (local.set $sum2 (v128.const f32x4 0 0 0 0))
        (local.set $sum3 (v128.const f32x4 0 0 0 0))
        (local.set $i (i32.const 0))
        (loop $each_four
          (local.set $row (v128.load (i32.add (local.get $rows) (local.get $i))))
          (local.set $sum0 (f32x4.add (local.get $sum0)
            (f32x4.mul (local.get $row) (v128.load (i32.add (local.get $user0) (local.get $i))))))
          (local.set $sum1 (f32x4.add (local.get $sum1)
            (f32x4.mul (local.get $row) (v128.load (i32.add (local.get $user1) (local.get $i))))))
          (local.set $sum2 (f32x4.add (local.get $sum2)
            (f32x4.mul (local.get $row) (v128.load (i32.add (local.get $user2) (local.get $i))))))
          (local.set $sum3 (f32x4.add (local.get $sum3)
            (f32x4.mul (local.get $row) (v128.load (i32.add (local.get $user3) (local.get $i))))))
          (local.set $i (i32.add (local.get $i) (i32.const 16)))
          (br_if $each_four (i32.lt_u (local.get $i) (local.get $vector))))
        (local.set $bias (f32.load (i32.add (local.get $biases) (i32.shl (local.get $from) (i32.const 2)))))
        (local.set $score (f32.add (local.get $bias) (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $sum0)) (f32x4.extract_lane 1 (local.get $sum0)))
          (f32.add (f32x4.extract_lane 2 (local.get $sum0)) (f32x4.extract_lane 3 (local.get $sum0))))))
        (if (f32.gt (local.get $score) (local.get $best0))
          (then (local.set $best0 (local.get $score)) (local.set $index0 (local.get $from))))
        (local.set $score (f32.add (local.get $bias) (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $sum1)) (f32x4.extract_lane 1 (local.get $sum1)))
          (f32.add (f32x4.extract_lane 2 (local.get $sum1)) (f32x4.extract_lane 3 (local.get $sum1))))))
        (if (f32.gt (local.get $score) (local.get $best1))
          (then (local.set $best1 (local.get $score)) (local.set $index1 (local.get $from))))
        (local.set $score (f32.add (local.get $bias) (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $sum2)) (f32x4.extract_lane 1 (local.get $sum2)))
          (f32.add (f32x4.extract_lane 2 (local.get $sum2)) (f32x4.extract_lane 3 (local.get $sum2))))))
        (if (f32.gt (local.get $score) (local.get $best2))
          (then (local.set $best2 (local.get $score)) (local.set $index2 (local.get $from))))
        (local.set $score (f32.add (local.get $bias) (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $sum3)) (f32x4.extract_lane 1 (local.get $sum3)))
          (f32.add (f32x4.extract_lane 2 (local.get $sum3)) (f32x4.extract_lane 3 (local.get $sum3))))))
        (if (f32.gt (local.get $score) (local.get $best3))
          (then (local.set $best3 (local.get $score)) (local.set $index3 (local.get $from))))
        (local.set $rows (i32.add (local.get $rows) (local.get $vector)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $each_row)))

    (f32.store offset=0 (local.get $best) (local.get $best0))
    (f32.store offset=4 (local.get $best) (local.get $best1))
    (f32.store offset=8 (local.get $best) (local.get $best2))
    (f32.store offset=12 (local.get $best) (local.get $best3))
    (i32.store offset=0 (local.get $index) (local.get $index0))
    (i32.store offset=4 (local.get $index) (local.get $index1))
    (i32.store offset=8 (local.get $index) (local.get $index2))
    (i32.store offset=12 (local.get $index) (local.get $index3))))
